import { apiServiceKind } from '../../kernel/kinds/apiservice/type.ts';
import { customResourceDefinitionKind } from '../../kernel/kinds/customresourcedefinition/type.ts';
import { flowSchemaKind } from '../../kernel/kinds/flowschema/type.ts';
import { mutatingAdmissionPolicyKind } from '../../kernel/kinds/mutatingadmissionpolicy/type.ts';
import { mutatingAdmissionPolicyBindingKind } from '../../kernel/kinds/mutatingadmissionpolicybinding/type.ts';
import { mutatingWebhookConfigurationKind } from '../../kernel/kinds/mutatingwebhookconfiguration/type.ts';
import { priorityLevelConfigurationKind } from '../../kernel/kinds/prioritylevelconfiguration/type.ts';
import { validatingAdmissionPolicyKind } from '../../kernel/kinds/validatingadmissionpolicy/type.ts';
import { validatingAdmissionPolicyBindingKind } from '../../kernel/kinds/validatingadmissionpolicybinding/type.ts';
import { validatingWebhookConfigurationKind } from '../../kernel/kinds/validatingwebhookconfiguration/type.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { controllerRevisionKind } from '../../planes/control/controllerrevision/type.ts';
import { cronJobKind } from '../../planes/control/cronjob/type.ts';
import { csiDriverKind } from '../../planes/control/csidriver/type.ts';
import { csiNodeKind } from '../../planes/control/csinode/type.ts';
import { csiStorageCapacityKind } from '../../planes/control/csistoragecapacity/type.ts';
import { daemonSetKind } from '../../planes/control/daemonset/type.ts';
import { deploymentKind } from '../../planes/control/deployment/type.ts';
import { deviceClassKind } from '../../planes/control/deviceclass/type.ts';
import { endpointsKind } from '../../planes/control/endpoints/type.ts';
import { endpointSliceKind } from '../../planes/control/endpointslice/type.ts';
import { horizontalPodAutoscalerKind } from '../../planes/control/horizontalpodautoscaler/type.ts';
import { ingressKind } from '../../planes/control/ingress/type.ts';
import { ingressClassKind } from '../../planes/control/ingressclass/type.ts';
import { ipAddressKind } from '../../planes/control/ipaddress/type.ts';
import { jobKind } from '../../planes/control/job/type.ts';
import { networkPolicyKind } from '../../planes/control/networkpolicy/type.ts';
import { nodeKind } from '../../planes/control/node/type.ts';
import { persistentVolumeKind } from '../../planes/control/persistentvolume/type.ts';
import { persistentVolumeClaimKind } from '../../planes/control/persistentvolumeclaim/type.ts';
import { podKind } from '../../planes/control/pod/type.ts';
import { withImages } from '../../planes/control/pod-spec/image-required.ts';
import { podDisruptionBudgetKind } from '../../planes/control/poddisruptionbudget/type.ts';
import { podTemplateKind } from '../../planes/control/podtemplate/type.ts';
import { priorityClassKind } from '../../planes/control/priorityclass/type.ts';
import { replicaSetKind } from '../../planes/control/replicaset/type.ts';
import { replicationControllerKind } from '../../planes/control/replicationcontroller/type.ts';
import { resourceClaimKind } from '../../planes/control/resourceclaim/type.ts';
import { resourceClaimTemplateKind } from '../../planes/control/resourceclaimtemplate/type.ts';
import { resourceSliceKind } from '../../planes/control/resourceslice/type.ts';
import { runtimeClassKind } from '../../planes/control/runtimeclass/type.ts';
import { serviceKind } from '../../planes/control/service/type.ts';
import { serviceCidrKind } from '../../planes/control/servicecidr/type.ts';
import { statefulSetKind } from '../../planes/control/statefulset/type.ts';
import { storageClassKind } from '../../planes/control/storageclass/type.ts';
import { volumeAttachmentKind } from '../../planes/control/volumeattachment/type.ts';
import { volumeAttributesClassKind } from '../../planes/control/volumeattributesclass/type.ts';

const kinds: readonly KindDefinition[] = [
  customResourceDefinitionKind,
  apiServiceKind,
  nodeKind,
  { ...podKind, objectSubresources: ['ephemeralcontainers', 'resize'] },
  podTemplateKind,
  replicationControllerKind,
  serviceKind,
  endpointsKind,
  endpointSliceKind,
  replicaSetKind,
  deploymentKind,
  daemonSetKind,
  statefulSetKind,
  controllerRevisionKind,
  jobKind,
  cronJobKind,
  horizontalPodAutoscalerKind,
  podDisruptionBudgetKind,
  ingressKind,
  ingressClassKind,
  networkPolicyKind,
  serviceCidrKind,
  ipAddressKind,
  priorityClassKind,
  runtimeClassKind,
  persistentVolumeKind,
  persistentVolumeClaimKind,
  storageClassKind,
  volumeAttachmentKind,
  csiDriverKind,
  csiNodeKind,
  csiStorageCapacityKind,
  volumeAttributesClassKind,
  validatingWebhookConfigurationKind,
  mutatingWebhookConfigurationKind,
  validatingAdmissionPolicyKind,
  validatingAdmissionPolicyBindingKind,
  mutatingAdmissionPolicyKind,
  mutatingAdmissionPolicyBindingKind,
  flowSchemaKind,
  priorityLevelConfigurationKind,
  deviceClassKind,
  resourceClaimKind,
  resourceClaimTemplateKind,
  resourceSliceKind,
];

/**
 * The kinds a bare API server has besides the kernel's own: everything clients expect of a cluster, whether or not
 * anything acts on it. Hub and sites serve only what they have controllers for.
 */
export const bareKernelKinds: readonly KindDefinition[] = kinds.map(withImages);
