/** Field numbers of the Kubernetes messages that clients send as protobuf (the generated.proto files of k8s.io/api). */

export interface Field {
  readonly name: string;
  /** `string`, `int`, `bool`, `bytes`, `ignored`, or another message. */
  readonly type: string;
  readonly many: "list" | "map" | undefined;
}

// `number name type`, `[]` for lists and `{}` for maps by string.
const MESSAGES: Readonly<Record<string, string>> = {
  ObjectMeta:
    "1 name string, 2 generateName string, 3 namespace string, 4 selfLink string, 5 uid string, 6 resourceVersion string, 7 generation ignored, 8 creationTimestamp ignored, 11 labels string{}, 12 annotations string{}, 14 finalizers string[]",
  LabelSelector: "1 matchLabels string{}, 2 matchExpressions LabelSelectorRequirement[]",
  LabelSelectorRequirement: "1 key string, 2 operator string, 3 values string[]",
  Preconditions: "1 uid string, 2 resourceVersion string",
  DeleteOptions:
    "1 gracePeriodSeconds int, 2 preconditions Preconditions, 3 orphanDependents bool, 4 propagationPolicy string, 5 dryRun string[]",
  Namespace: "1 metadata ObjectMeta, 2 spec ignored, 3 status ignored",
  ConfigMap: "1 metadata ObjectMeta, 2 data string{}, 3 binaryData bytes{}, 4 immutable bool",
  Secret: "1 metadata ObjectMeta, 2 data bytes{}, 3 type string, 4 stringData string{}, 5 immutable bool",
  ServiceAccount: "1 metadata ObjectMeta, 4 automountServiceAccountToken bool",
  Pod: "1 metadata ObjectMeta, 2 spec PodSpec, 3 status ignored",
  PodTemplateSpec: "1 metadata ObjectMeta, 2 spec PodSpec",
  PodSpec:
    "2 containers Container[], 3 restartPolicy string, 4 terminationGracePeriodSeconds int, 5 activeDeadlineSeconds int, 6 dnsPolicy string, 7 nodeSelector string{}, 8 serviceAccountName string, 9 serviceAccount string, 10 nodeName string, 11 hostNetwork bool, 19 schedulerName string, 20 initContainers Container[], 22 tolerations Toleration[], 24 priorityClassName string, 25 priority int",
  Toleration: "1 key string, 2 operator string, 3 value string, 4 effect string, 5 tolerationSeconds int",
  Container:
    "1 name string, 2 image string, 3 command string[], 4 args string[], 5 workingDir string, 6 ports ContainerPort[], 7 env EnvVar[], 8 resources ResourceRequirements, 13 terminationMessagePath string, 14 imagePullPolicy string, 20 terminationMessagePolicy string",
  ContainerPort: "1 name string, 2 hostPort ignored, 3 containerPort int, 4 protocol string, 5 hostIP string",
  EnvVar: "1 name string, 2 value string",
  ResourceRequirements: "1 limits Quantity{}, 2 requests Quantity{}",
  Deployment: "1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status ignored",
  DeploymentSpec:
    "1 replicas int, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy DeploymentStrategy, 5 minReadySeconds int, 6 revisionHistoryLimit int, 7 paused bool, 9 progressDeadlineSeconds int",
  DeploymentStrategy: "1 type string, 2 rollingUpdate RollingUpdateDeployment",
  RollingUpdateDeployment: "1 maxUnavailable IntOrString, 2 maxSurge IntOrString",
  Job: "1 metadata ObjectMeta, 2 spec JobSpec, 3 status ignored",
  JobSpec:
    "1 parallelism int, 2 completions int, 3 activeDeadlineSeconds int, 4 selector LabelSelector, 5 manualSelector bool, 6 template PodTemplateSpec, 7 backoffLimit int, 8 ttlSecondsAfterFinished int",
  PodDisruptionBudget: "1 metadata ObjectMeta, 2 spec PodDisruptionBudgetSpec, 3 status ignored",
  PodDisruptionBudgetSpec:
    "1 minAvailable IntOrString, 2 selector LabelSelector, 3 maxUnavailable IntOrString",
  Eviction: "1 metadata ObjectMeta, 2 deleteOptions DeleteOptions",
  PolicyRule:
    "1 verbs string[], 2 apiGroups string[], 3 resources string[], 4 resourceNames string[], 5 nonResourceURLs string[]",
  Role: "1 metadata ObjectMeta, 2 rules PolicyRule[]",
  ClusterRole: "1 metadata ObjectMeta, 2 rules PolicyRule[]",
  Subject: "1 kind string, 2 apiGroup string, 3 name string, 4 namespace string",
  RoleRef: "1 apiGroup string, 2 kind string, 3 name string",
  RoleBinding: "1 metadata ObjectMeta, 2 subjects Subject[], 3 roleRef RoleRef",
  ClusterRoleBinding: "1 metadata ObjectMeta, 2 subjects Subject[], 3 roleRef RoleRef",
  PriorityClass:
    "1 metadata ObjectMeta, 2 value int, 3 globalDefault bool, 4 description string, 5 preemptionPolicy string",
  ResourceAttributes:
    "1 namespace string, 2 verb string, 3 group string, 4 version string, 5 resource string, 6 subresource string, 7 name string",
  NonResourceAttributes: "1 path string, 2 verb string",
  AccessReviewSpec: "1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes",
  SelfSubjectAccessReview: "1 metadata ObjectMeta, 2 spec AccessReviewSpec, 3 status ignored",
  RulesReviewSpec: "1 namespace string",
  SelfSubjectRulesReview: "1 metadata ObjectMeta, 2 spec RulesReviewSpec, 3 status ignored",
  SelfSubjectReview: "1 metadata ObjectMeta, 2 status ignored",
};

function read(entry: string): readonly [number, Field] {
  const [number = "", name = "", written = ""] = entry.split(" ");
  const many = written.endsWith("[]") ? "list" : written.endsWith("{}") ? "map" : undefined;
  return [Number(number), { name, type: written.replace(/\[\]$|\{\}$/, ""), many }];
}
const READ = new Map<string, ReadonlyMap<number, Field>>();

/** The fields of a message by number, or undefined when it is not in the table. */
export function fieldsOf(message: string): ReadonlyMap<number, Field> | undefined {
  const written = MESSAGES[message];
  const known =
    READ.get(message) ?? (written === undefined ? undefined : new Map(written.split(", ").map(read)));
  if (known !== undefined) READ.set(message, known);
  return known;
}
