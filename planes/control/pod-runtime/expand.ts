/**
 * Replaces `$(NAME)` by the variable's value, as Kubernetes does in command, args and env values: `$$(NAME)` stands for
 * the text `$(NAME)`, and names that are not there stay as they are (k8s.io/kubernetes/third_party/forked/golang/expansion).
 */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (match, body: string, name: string | undefined) => {
    if (body === '$') return '$';
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? match) : match;
  });
}
