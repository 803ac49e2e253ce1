import type { Descriptions } from './text.ts';

const namespaceSelector = 'Namespaces whose objects it is about. Default: all.';
const objectSelector = 'Objects it is about, by the labels of the object before or after the write. Default: all.';
const failurePolicy =
  'What happens to requests when it cannot be asked: Fail (default) refuses them, Ignore lets them pass.';
const matchPolicy =
  'Equivalent (default): requests in other versions count too. Exact: only the versions that are named.';
const matchConditions = 'Expressions that must hold of a request as well; at most 64.';
const paramKind = 'Kind of its parameters. Default: it has none.';
const variables = 'Expressions with names, for use in others as variables.<name>.';
const webhook = {
  name: 'Name of at least three segments, as teams.policy.example.com.',
  clientConfig: 'Where it is: a url, or a service.',
  rules: 'Requests it is about; one that fits suffices.',
  failurePolicy,
  matchPolicy,
  namespaceSelector,
  objectSelector,
  sideEffects:
    'Whether asking it changes something elsewhere: None, or NoneOnDryRun: not for requests that are only tried. Others are refused.',
  timeoutSeconds: 'Seconds it may take, 1 to 30. Default 10.',
  admissionReviewVersions: 'Versions of AdmissionReview it takes, most preferred first, as v1.',
  matchConditions,
};
const rule = {
  operations: 'What is done: CREATE, UPDATE, DELETE, CONNECT, or * for all.',
  apiGroups: 'Groups of the resources; "" is the core group, * all.',
  apiVersions: 'Versions of the resources; * for all.',
  resources: 'Plural names, as pods, pods/status, pods/*, *, */*.',
  scope: 'Cluster, Namespaced or * (default) for both.',
};
const binding = {
  policyName: 'Name of the policy. Without such a policy the binding does nothing.',
  paramRef: 'Where the parameters are. Only for policies with a paramKind.',
  matchResources: 'Requests of the policy it counts for. Default: all of them.',
};
const clientConfig = {
  url: 'Its address, https://host:port/path. Not together with service.',
  service: 'The Service it is behind. Not together with url.',
  caBundle: 'Certificates in PEM, base64, by which that of the web server is checked. Default: those of the system.',
};
const serviceReference = {
  namespace: 'Namespace of the Service.',
  name: 'Name of the Service.',
  path: 'Path that is posted to. Default /.',
  port: 'Port of the Service, 1 to 65535. Default 443.',
};

/** How a webhook is reached, which apiextensions has too. */
export const webhookTexts = { clientConfig, serviceReference };

/** admissionregistration.k8s.io. */
export const admissionDescriptions: Descriptions = {
  'admissionregistration/v1.ValidatingWebhookConfiguration': {
    '': 'Web servers that are asked about writes and may refuse them.',
    webhooks: 'The web servers; all that fit are asked at the same time.',
  },
  'admissionregistration/v1.MutatingWebhookConfiguration': {
    '': 'Web servers that are asked about writes and may change them.',
    webhooks: 'The web servers; asked one after the other.',
  },
  'admissionregistration/v1.ValidatingWebhook': { '': 'A web server that may refuse writes.', ...webhook },
  'admissionregistration/v1.MutatingWebhook': {
    '': 'A web server that may change what is written.',
    ...webhook,
    reinvocationPolicy: 'IfNeeded: asked again when others changed the object after it. Default Never.',
  },
  'admissionregistration/v1.WebhookClientConfig': { '': 'How a web server is reached.', ...clientConfig },
  'admissionregistration/v1.ServiceReference': {
    '': 'A Service that a web server is behind.',
    ...serviceReference,
  },
  'admissionregistration/v1.RuleWithOperations': { '': 'Some operations on some resources.', ...rule },
  'admissionregistration/v1.NamedRuleWithOperations': {
    '': 'Operations on resources, perhaps on single objects.',
    resourceNames: 'Names of single objects. Empty: all.',
    ...rule,
  },
  'admissionregistration/v1.MatchCondition': {
    '': 'An expression that must hold of a request.',
    name: 'Name of the condition, unique in the list; used in messages.',
    expression: 'Expression in CEL that gives true or false, over object, oldObject, request and authorizer.',
  },
  'admissionregistration/v1.MatchResources': {
    '': 'Requests a policy is about.',
    namespaceSelector,
    objectSelector,
    resourceRules: 'Operations on resources; one that fits suffices.',
    excludeResourceRules: 'Operations on resources it is not about after all.',
    matchPolicy,
  },
  'admissionregistration/v1.ParamKind': {
    '': 'Kind of the parameters of a policy.',
    apiVersion: 'Group and version of the parameters.',
    kind: 'Kind of the parameters in CamelCase.',
  },
  'admissionregistration/v1.ParamRef': {
    '': 'Where the parameters of a policy are. Either name or selector is set.',
    name: 'Name of the object with the parameters.',
    namespace: 'Namespace of the parameters. Default: that of the object that is written.',
    selector: 'Objects with parameters, by their labels; the policy counts once for each.',
    parameterNotFoundAction: 'What happens when there are no parameters: Allow, or Deny, which means failurePolicy.',
  },
  'admissionregistration/v1.Variable': {
    '': 'An expression with a name.',
    name: 'Name of the variable, a CEL identifier; others write variables.<name>.',
    expression: 'Expression in CEL, worked out when it is first used.',
  },
  'admissionregistration/v1.AuditAnnotation': {
    '': 'Something written into the audit log.',
    key: 'Key of the entry, unique in the policy; the log has <policy>/<key>.',
    valueExpression: 'Expression in CEL that gives a text, or null for no entry. At most 5 KiB.',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicy': {
    '': 'Expressions that writes must satisfy. A binding says where it counts.',
    spec: 'The expressions, and which requests they are about.',
    status: 'What was found wrong with the expressions.',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicySpec': {
    '': 'Expressions that writes must satisfy.',
    paramKind,
    matchConstraints: 'Requests it is about. Needed.',
    validations: 'Expressions that must be true.',
    failurePolicy:
      'What happens to requests when an expression fails to work: Fail (default) refuses them, Ignore lets them pass.',
    auditAnnotations: 'What is written into the audit log. At least this or validations must be there.',
    matchConditions,
    variables,
  },
  'admissionregistration/v1.Validation': {
    '': 'One expression that must be true.',
    expression: 'In CEL, over object, oldObject, request, params, variables, namespaceObject and authorizer.',
    message: 'What is said when it is false; one line. Default: the expression.',
    messageExpression: 'The same as an expression that gives a text. It wins over message.',
    reason: 'Unauthorized, Forbidden, Invalid (default) or RequestEntityTooLarge.',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicyStatus': {
    '': 'What was found wrong with a policy.',
    typeChecking: 'What does not fit the types of the resources it is about.',
    conditions: 'Latest observations of the state of the policy.',
  },
  'admissionregistration/v1.TypeChecking': {
    '': 'What does not fit the types of resources.',
    expressionWarnings: 'Warnings, one for each expression.',
  },
  'admissionregistration/v1.ExpressionWarning': {
    '': 'What is wrong with one expression.',
    fieldRef: 'Path of the expression, as spec.validations[0].expression.',
    warning: 'For people: the types, and what does not fit.',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicyBinding': {
    '': 'Where a ValidatingAdmissionPolicy counts, and with which parameters.',
    spec: 'Which policy, where, and what follows.',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicyBindingSpec': {
    '': 'Where a policy counts, and what follows.',
    ...binding,
    validationActions: 'What happens when an expression is false: Deny, Warn and Audit; not Deny together with Warn.',
  },
  'admissionregistration/v1.MutatingAdmissionPolicy': {
    '': 'Expressions that change what is written. A binding says where it counts.',
    spec: 'The expressions, and which requests they are about.',
  },
  'admissionregistration/v1.MutatingAdmissionPolicySpec': {
    '': 'Expressions that change what is written.',
    paramKind,
    matchConstraints: 'Requests it is about; not CONNECT. Needed.',
    variables,
    mutations: 'The changes, one after the other.',
    failurePolicy:
      'What happens to requests when an expression fails to work: Fail (default) refuses them, Ignore lets them pass.',
    matchConditions,
    reinvocationPolicy: 'IfNeeded: evaluated again when others changed the object after it. Never: once.',
  },
  'admissionregistration/v1.Mutation': {
    '': 'One change, in one of two forms.',
    patchType: 'Form of the change: ApplyConfiguration or JSONPatch.',
    applyConfiguration: 'Fields that are merged into the object.',
    jsonPatch: 'Steps that are done to the object.',
  },
  'admissionregistration/v1.ApplyConfiguration': {
    '': 'Fields that are merged into an object as by server-side apply.',
    expression: 'Expression in CEL that gives the fields: Object{spec: Object.spec{replicas: 3}}.',
  },
  'admissionregistration/v1.JSONPatch': {
    '': 'Steps that are done to an object (RFC 6902).',
    expression: 'Expression in CEL that gives a list of steps: [JSONPatch{op: "add", path: "/spec/x", value: 1}].',
  },
  'admissionregistration/v1.MutatingAdmissionPolicyBinding': {
    '': 'Where a MutatingAdmissionPolicy counts, and with which parameters.',
    spec: 'Which policy, and where.',
  },
  'admissionregistration/v1.MutatingAdmissionPolicyBindingSpec': {
    '': 'Where a policy counts.',
    ...binding,
  },
};
