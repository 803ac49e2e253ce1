import type { Descriptions } from './text.ts';

const evaluationError = 'What could not be worked out. The answer may still be right, as others decided.';
const selectorTexts = {
  rawSelector: 'The selector as in the query of a request. Webhooks get requirements instead.',
  requirements: 'The selector taken apart; all requirements hold. Not together with rawSelector.',
};
const reviewAttributes = {
  resourceAttributes: 'What is done to which resource; this or nonResourceAttributes.',
  nonResourceAttributes: 'What is done to which other path; this or resourceAttributes.',
};

/** Who somebody is and what they may do: authentication, authorization, certificates, roles. */
export const identityDescriptions: Descriptions = {
  'authentication/v1.SelfSubjectReview': {
    '': 'Asks who the server takes the caller for. Answered, never stored.',
    status: 'Who the caller is.',
  },
  'authentication/v1.SelfSubjectReviewStatus': {
    '': 'Who the caller is.',
    userInfo: 'Name, groups and so on of the caller.',
  },
  'authentication/v1.UserInfo': {
    '': 'Who somebody is, as far as rights are concerned.',
    username: 'Name of the user, unique among all that are there now.',
    uid: 'Identifies the user over time, also if the name is given to somebody else.',
    groups: 'Groups the user is in.',
    extra: 'Further information from whoever recognised the user, by key.',
  },
  'authentication/v1.TokenReview': {
    '': 'Asks whose a bearer token is. Answered, never stored.',
    spec: 'The token, and whom it must be for.',
    status: 'The answer: the user, or why the token does not count.',
  },
  'authentication/v1.TokenReviewSpec': {
    '': 'A token to check.',
    token: 'The bearer token. Never returned to others.',
    audiences: 'Whom the token must be for; one of them suffices. Default: the API server.',
  },
  'authentication/v1.TokenReviewStatus': {
    '': 'Whose a token is.',
    authenticated: 'Whether the token belongs to a known user.',
    user: 'The user the token belongs to.',
    audiences: 'Which of the audiences asked about the token is for. Empty: the API server.',
    error: 'Why the token could not be checked.',
  },
  'authentication/v1.TokenRequest': {
    '': 'Asks for a token of a ServiceAccount.',
    spec: 'Whom it is for, how long it lives, what it ends with.',
    status: 'The token, and when it expires.',
  },
  'authentication/v1.TokenRequestSpec': {
    '': 'Which token is asked for.',
    audiences: 'Whom the token is for; others must refuse it. Default: this server.',
    expirationSeconds: 'Life of the token, 600 to 2^32 seconds. Default 3600. The server may give another one.',
    boundObjectRef: 'A Pod, Secret or Node: the token ends when it goes.',
  },
  'authentication/v1.TokenRequestStatus': {
    '': 'The token that was given.',
    token: 'The bearer token, a JSON Web Token.',
    expirationTimestamp: 'When the token expires.',
  },
  'authentication/v1.BoundObjectReference': {
    '': 'The object a token ends with.',
    kind: 'Kind of the object: Pod, Secret or Node.',
    apiVersion: 'Group and version of the object.',
    name: 'Name of the object.',
    uid: 'The metadata.uid of the object.',
  },
  'authorization/v1.SelfSubjectAccessReview': {
    '': 'Asks whether the caller may do something. Answered, never stored.',
    spec: 'The question: a resource or another path.',
    status: 'The answer and its reason.',
  },
  'authorization/v1.SelfSubjectAccessReviewSpec': {
    '': 'What the caller wants to do. Exactly one field is set.',
    ...reviewAttributes,
  },
  'authorization/v1.SubjectAccessReview': {
    '': 'Asks whether some user may do something. Answered, never stored.',
    spec: 'The question: a user, and a resource or another path.',
    status: 'The answer and its reason.',
  },
  'authorization/v1.LocalSubjectAccessReview': {
    '': 'Asks whether some user may do something in one namespace. Answered, never stored.',
    spec: 'The question: a user and a resource in the namespace of the review.',
    status: 'The answer and its reason.',
  },
  'authorization/v1.SubjectAccessReviewSpec': {
    '': 'Who wants to do what.',
    user: 'Name of the user; may be empty when groups are given.',
    groups: 'Groups of the user. Nothing is added: name system:authenticated too if it should count.',
    uid: 'Identifier of the user, as authentication gives it.',
    extra: 'Further information on the user, as authentication gives it.',
    ...reviewAttributes,
  },
  'authorization/v1.SubjectAccessReviewStatus': {
    '': 'Whether it is allowed.',
    allowed: 'Whether it is allowed.',
    denied: 'Whether it is expressly forbidden. If neither is true nobody had an opinion, and it is refused.',
    reason: 'Why it is allowed or not.',
    evaluationError,
  },
  'authorization/v1.ResourceAttributes': {
    '': 'What is done to a resource.',
    namespace: 'Namespace of the resource. Empty: all namespaces, or a kind without.',
    verb: 'What is done: get, list, watch, create, update, patch, delete, deletecollection, proxy, or * for all.',
    group: 'Group of the resource; * for all.',
    version: 'Version of the resource; * for all.',
    resource: 'Plural name of the resource; * for all.',
    subresource: 'Subresource, such as status or log. Empty: none.',
    name: 'Name of a single object. Empty: all of them.',
    fieldSelector: 'Limits what is listed or deleted by fields.',
    labelSelector: 'Limits what is listed or deleted by labels.',
  },
  'authorization/v1.FieldSelectorAttributes': { '': 'A limit by fields.', ...selectorTexts },
  'authorization/v1.LabelSelectorAttributes': { '': 'A limit by labels.', ...selectorTexts },
  'authorization/v1.NonResourceAttributes': {
    '': 'What is done to a path that is no resource.',
    path: 'The path, such as /healthz.',
    verb: 'The HTTP method in lower case.',
  },
  'authorization/v1.SelfSubjectRulesReview': {
    '': 'Asks what the caller may do in a namespace. Answered, never stored.',
    spec: 'The question: the namespace.',
    status: 'The rules. Others may allow more when it says incomplete.',
  },
  'authorization/v1.SelfSubjectRulesReviewSpec': {
    '': 'Where the caller wants to do something.',
    namespace: 'The namespace to work out the rules for. Needed.',
  },
  'authorization/v1.SubjectRulesReviewStatus': {
    '': 'What the caller may do in a namespace.',
    resourceRules: 'What may be done to resources; in no order, perhaps with repetitions.',
    nonResourceRules: 'What may be done to other paths; in no order, perhaps with repetitions.',
    incomplete: 'Whether there may be more, for example because an authorizer cannot list rules.',
    evaluationError,
  },
  'authorization/v1.ResourceRule': {
    '': 'Verbs allowed on resources.',
    verbs: 'What may be done; * for everything.',
    apiGroups: 'Groups of the resources; * for all.',
    resources: 'Plural names of the resources, with subresources as pods/log; * for all.',
    resourceNames: 'Names of single objects. Empty: all.',
  },
  'authorization/v1.NonResourceRule': {
    '': 'Verbs allowed on paths that are no resources.',
    verbs: 'HTTP methods in lower case; * for all.',
    nonResourceURLs: 'The paths; a trailing * stands for any rest.',
  },
  'certificates/v1.CertificateSigningRequest': {
    '': 'Asks for a certificate: somebody approves, a signer signs.',
    spec: 'What is asked for, and by whom. Cannot be changed.',
    status: 'Whether it was approved or denied, and the certificate.',
  },
  'certificates/v1.CertificateSigningRequestSpec': {
    '': 'Which certificate is asked for, and by whom.',
    request: 'The PKCS #10 request in PEM, base64.',
    signerName: 'Who is to sign: a domain, a slash, a name, as kubernetes.io/kube-apiserver-client.',
    usages: 'What the certificate may be used for; the signer says which it takes.',
    expirationSeconds: 'Life of the certificate, 600 or more; the signer may give less. Default: as the signer says.',
    username: 'Who made the request. Set by the server, like uid, groups and extra.',
    uid: 'Identifier of whoever made the request. Set by the server.',
    groups: 'Groups of whoever made the request. Set by the server.',
    extra: 'Further information on whoever made the request. Set by the server.',
  },
  'certificates/v1.CertificateSigningRequestStatus': {
    '': 'Whether a request was approved or denied, and the certificate.',
    conditions: 'Approved or Denied, by whoever decided; Failed, by the signer.',
    certificate: 'The certificate and those above it in PEM, base64, once it was issued.',
  },
  'certificates/v1.CertificateSigningRequestCondition': {
    '': 'One decision on a request for a certificate.',
    type: 'Approved, Denied or Failed; the first two exclude each other and cannot be taken back.',
    status: 'True, False or Unknown; only True is allowed for Approved, Denied and Failed.',
  },
  'rbac/v1.Role': {
    '': 'Rights inside one namespace, to be granted by RoleBindings.',
    rules: 'What may be done to what. Rules only allow.',
  },
  'rbac/v1.ClusterRole': {
    '': 'Rights in the whole cluster, or in the namespace of a RoleBinding that grants them.',
    rules: 'What may be done to what. Rules only allow.',
    aggregationRule: 'Collects the rules of other ClusterRoles; rules are then written by the server.',
  },
  'rbac/v1.AggregationRule': {
    '': 'Which ClusterRoles another one collects.',
    clusterRoleSelectors: 'A role is collected if one of them chooses it by its labels.',
  },
  'rbac/v1.PolicyRule': {
    '': 'A right: verbs on resources, or on paths that are no resources.',
    verbs: 'What may be done; * for everything.',
    apiGroups: 'Groups of the resources; the empty text for the core group, * for all.',
    resources: 'Plurals such as pods, subresources such as pods/log, */scale of everything, * for all.',
    resourceNames: 'Names of single objects; empty for all. Creating cannot be limited so.',
    nonResourceURLs: 'Paths such as /metrics; a trailing * stands for any rest. ClusterRoles only.',
  },
  'rbac/v1.RoleBinding': {
    '': 'Grants the rules of a role in its namespace.',
    roleRef: 'A Role of the same namespace, or a ClusterRole. Cannot be changed.',
    subjects: 'Who gets the rules.',
  },
  'rbac/v1.ClusterRoleBinding': {
    '': 'Grants the rules of a ClusterRole in the whole cluster.',
    roleRef: 'The ClusterRole whose rules are granted. Cannot be changed.',
    subjects: 'Who gets the rules.',
  },
  'rbac/v1.RoleRef': {
    '': 'The role a binding grants.',
    apiGroup: 'Group of the role; always rbac.authorization.k8s.io.',
    kind: 'Kind of the role: Role or ClusterRole.',
    name: 'Name of the role. It need not exist yet.',
  },
  'rbac/v1.Subject': {
    '': 'A user, a group or a ServiceAccount.',
    kind: 'Kind of the subject: User, Group or ServiceAccount.',
    apiGroup: 'Group of the subject: rbac.authorization.k8s.io for users and groups, empty for ServiceAccounts.',
    name: 'Name of the user, group or ServiceAccount.',
    namespace: 'Namespace of a ServiceAccount; default that of a RoleBinding. Empty for users and groups.',
  },
};
