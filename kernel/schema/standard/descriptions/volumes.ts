import type { Descriptions } from './text.ts';

const readOnly = 'Mounts the volume so that it cannot be written to. Default false.';
const fsType = 'File system of the volume, as ext4 or xfs. Default ext4.';
const secretRef = 'Secret with the credentials. Default: none.';
const optional = 'Whether the pod starts even if the object or its keys do not exist. Default false.';
const mode = 'Rights of the file, 0 to 0777: octal in YAML, decimal in JSON. Default: defaultMode of the volume.';
const defaultMode = 'Rights of files that name none, 0 to 0777: octal in YAML, decimal in JSON. Default 0644.';
const items =
  'Keys that become files, and where. Default: every key becomes a file of its name. A key that does not exist is an error unless optional.';
const path = 'Path of the file within the volume; relative, without "..".';
const removed = (what: string, instead: string) => `${what} No longer supported; ${instead}.`;

const mounted = { fsType, readOnly };
const cephfs = {
  monitors: 'Addresses of the Ceph monitors.',
  path: 'Folder that is mounted. Default /.',
  user: 'Ceph user. Default admin.',
  secretFile: 'Key file of the user on the node. Default /etc/ceph/user.secret.',
  secretRef: 'Secret with the key of the user; it wins over secretFile.',
  readOnly,
};
const cinder = { volumeID: 'Identifier of the Cinder volume.', ...mounted, secretRef };
const csi = {
  driver: 'Name of the CSI driver, as its CSIDriver object.',
  readOnly,
  fsType: 'File system of the volume. Default: chosen by the driver.',
};
const flex = {
  driver: 'Name of the driver on the node.',
  fsType: 'File system of the volume. Default: chosen by the driver.',
  readOnly,
  secretRef: 'Secret with what the driver must know.',
  options: 'Further settings for the driver.',
};
const glusterfs = {
  endpoints: 'Endpoints object with the addresses of the servers.',
  path: 'Name of the Glusterfs volume.',
  readOnly,
};
const iscsi = {
  targetPortal: 'Address of the portal, with the port unless it is 860 or 3260.',
  portals: 'Addresses of further portals of the same target.',
  iqn: 'Qualified name of the target.',
  lun: 'Number of the logical unit.',
  iscsiInterface: 'Name of the interface. Default "default" (tcp).',
  initiatorName: 'Name this side gives itself; makes an interface of its own.',
  chapAuthDiscovery: 'Whether discovery uses CHAP. Default false.',
  chapAuthSession: 'Whether the session uses CHAP. Default false.',
  secretRef: 'Secret with the CHAP names and passwords.',
  ...mounted,
};
const rbd = {
  monitors: 'Addresses of the Ceph monitors.',
  image: 'Name of the image.',
  pool: 'Pool of the image. Default rbd.',
  user: 'Ceph user. Default admin.',
  keyring: 'Key file of the user on the node. Default /etc/ceph/keyring.',
  secretRef: 'Secret with the key of the user; it wins over keyring.',
  ...mounted,
};
const scaleIO = {
  gateway: 'Address of the gateway.',
  system: 'Name of the storage system.',
  secretRef: 'Secret with user and password.',
  sslEnabled: 'Whether the gateway is reached over TLS. Default false.',
  protectionDomain: 'Protection domain of the storage.',
  storagePool: 'Pool in the protection domain.',
  storageMode: 'ThickProvisioned or ThinProvisioned (default).',
  volumeName: 'Name of the volume in the storage system.',
  fsType: 'File system of the volume. Default xfs.',
  readOnly,
};
const storageos = {
  volumeName: 'Name of the volume, unique in its StorageOS namespace.',
  volumeNamespace: 'StorageOS namespace. Default: that of the pod.',
  secretRef: 'Secret with the credentials of the StorageOS API.',
  ...mounted,
};
const azureFile = {
  secretName: 'Secret with the name and the key of the storage account.',
  shareName: 'Name of the share.',
  readOnly,
};

/** Sources of volumes, as PersistentVolumes have them too. */
export const volumeSourceTexts = {
  nfs: 'A folder of an NFS server.',
  iscsi: 'A disk reached over iSCSI.',
  fc: 'A disk reached over Fibre Channel.',
  hostPath: 'A file or folder of the node. Gives the pod a way to the node: avoid it.',
  gcePersistentDisk: 'A disk of Google Compute Engine, served by the CSI driver pd.csi.storage.gke.io.',
  awsElasticBlockStore: 'An EBS disk of AWS, served by the CSI driver ebs.csi.aws.com.',
  azureDisk: 'A data disk of Azure, served by the CSI driver disk.csi.azure.com.',
  azureFile: 'A file share of Azure, served by the CSI driver file.csi.azure.com.',
  vsphereVolume: 'A disk of vSphere, served by the CSI driver csi.vsphere.vmware.com.',
  cinder: 'A disk of OpenStack, served by the CSI driver cinder.csi.openstack.org.',
  portworxVolume: 'A volume of Portworx, served by the CSI driver pxd.portworx.com.',
  flexVolume: 'A volume of a driver installed on the nodes. Deprecated; use a CSI driver.',
  glusterfs: removed('A Glusterfs volume.', 'use a CSI driver'),
  rbd: removed('A Ceph block device.', 'use the CSI driver of Ceph'),
  cephfs: removed('A folder of CephFS.', 'use the CSI driver of Ceph'),
  flocker: removed('A Flocker dataset.', 'use a CSI driver'),
  quobyte: removed('A Quobyte volume.', 'use a CSI driver'),
  photonPersistentDisk: removed('A disk of a Photon controller.', 'use a CSI driver'),
  scaleIO: removed('A ScaleIO volume.', 'use a CSI driver'),
  storageos: removed('A StorageOS volume.', 'use a CSI driver'),
};

/** Volumes of pods and everything they can come from. */
export const volumeDescriptions: Descriptions = {
  'core/v1.Volume': {
    '': 'Files that containers of a pod can mount. Exactly one field besides name says where they come from.',
    name: 'Name of the volume, a DNS label, unique in the pod; volumeMounts refers to it.',
    ...volumeSourceTexts,
    emptyDir: 'An empty folder that is made with the pod and goes with it.',
    secret: 'Files made from the keys of a Secret.',
    configMap: 'Files made from the keys of a ConfigMap.',
    downwardAPI: 'Files with what is known of the pod itself.',
    projected: 'Files of several of these sources, and tokens, in one folder.',
    persistentVolumeClaim: 'The storage of a PersistentVolumeClaim of the namespace.',
    ephemeral: 'Storage of a claim that is made for this pod and goes with it.',
    csi: 'Storage a CSI driver makes for this pod, without a claim.',
    image: 'The files of a container image or other OCI artifact, read-only.',
    gitRepo: 'A clone of a git repository. Deprecated and disabled; clone in an init container into an emptyDir.',
  },
  'core/v1.VolumeMount': {
    '': 'Where a volume appears in a container.',
    name: 'Name of the volume in the pod.',
    mountPath: 'Path in the container, without ":".',
    readOnly: 'Whether the container cannot write to it. Default false.',
    recursiveReadOnly:
      'Whether file systems mounted below it are read-only too, if readOnly is true: Disabled (default), IfPossible or Enabled.',
    subPath:
      'Path within the volume that is mounted instead of the whole. Such files do not follow changes of their source.',
    subPathExpr: 'The same as subPath, with $(NAME) for environment variables. Not together with it.',
    mountPropagation:
      'Whether mounts made later are seen: None (default); HostToContainer: those of the node in the container; Bidirectional: both ways, privileged only.',
  },
  'core/v1.VolumeDevice': {
    '': 'Where a block volume appears in a container as a device.',
    name: 'Name of the volume in the pod; a claim with volumeMode Block.',
    devicePath: 'Path of the device in the container.',
  },
  'core/v1.EmptyDirVolumeSource': {
    '': 'An empty folder that is made with the pod and goes with it.',
    medium: 'Where the files are: empty (default) on the disk of the node, Memory, HugePages or HugePages-<size>.',
    sizeLimit:
      'Most bytes it may hold; with more the pod is evicted. Default: no bound. In memory it counts against the limits too.',
  },
  'core/v1.HostPathVolumeSource': {
    '': 'A file or folder of the node. Pods that have it can harm the node.',
    path: 'Path on the node; links are followed.',
    type: 'What must be there: a Directory, File, Socket, CharDevice or BlockDevice; DirectoryOrCreate and FileOrCreate make it. Default empty: not checked.',
  },
  'core/v1.SecretVolumeSource': {
    '': 'Files made from the keys of a Secret, held in memory.',
    secretName: 'Name of the Secret in the namespace of the pod.',
    items,
    defaultMode,
    optional,
  },
  'core/v1.ConfigMapVolumeSource': {
    '': 'Files made from the keys of a ConfigMap.',
    name: 'Name of the ConfigMap in the namespace of the pod.',
    items,
    defaultMode,
    optional,
  },
  'core/v1.KeyToPath': {
    '': 'A key that becomes a file.',
    key: 'The key of the ConfigMap or Secret.',
    path,
    mode,
  },
  'core/v1.DownwardAPIVolumeSource': {
    '': 'Files with what is known of the pod itself.',
    items: 'The files and what is in them.',
    defaultMode,
  },
  'core/v1.DownwardAPIProjection': {
    '': 'Files with what is known of the pod itself, as part of a projected volume.',
    items: 'The files and what is in them.',
  },
  'core/v1.DownwardAPIVolumeFile': {
    '': 'One file with something known of the pod.',
    path,
    fieldRef: 'A field of the pod: metadata.name, namespace, uid, labels or annotations.',
    resourceFieldRef: 'A request or limit of a container; containerName is needed.',
    mode,
  },
  'core/v1.ProjectedVolumeSource': {
    '': 'Files of several sources in one folder.',
    sources: 'What the files come from; their paths must differ.',
    defaultMode,
  },
  'core/v1.VolumeProjection': {
    '': 'One source of a projected volume. Exactly one field is set.',
    secret: 'Keys of a Secret.',
    configMap: 'Keys of a ConfigMap.',
    downwardAPI: 'What is known of the pod itself.',
    serviceAccountToken: 'A token of the ServiceAccount of the pod, renewed in time.',
    clusterTrustBundle: 'Certificates of authorities, in PEM, kept up to date.',
    podCertificate: 'A key and certificate of the pod, renewed in time.',
  },
  'core/v1.SecretProjection': {
    '': 'Keys of a Secret as part of a projected volume.',
    name: 'Name of the Secret in the namespace of the pod.',
    items,
    optional,
  },
  'core/v1.ConfigMapProjection': {
    '': 'Keys of a ConfigMap as part of a projected volume.',
    name: 'Name of the ConfigMap in the namespace of the pod.',
    items,
    optional,
  },
  'core/v1.ServiceAccountTokenProjection': {
    '': 'A token of the ServiceAccount of the pod, as a file that is replaced before it expires.',
    audience: 'Whom the token is for; others must refuse it. Default: the API server.',
    expirationSeconds: 'Life of the token in seconds, 600 or more; it is renewed after 80 % of it. Default 3600.',
    path,
  },
  'core/v1.ClusterTrustBundleProjection': {
    '': 'Certificates of ClusterTrustBundles as one file. Chosen by name, or by signer and labels.',
    name: 'Name of the one ClusterTrustBundle. Not together with signerName and labelSelector.',
    signerName: 'Signer whose ClusterTrustBundles are joined.',
    labelSelector: 'Which ClusterTrustBundles of the signer. An empty selector means all, none given means none.',
    optional: 'Whether the pod starts even if there is no such ClusterTrustBundle. Default false.',
    path,
  },
  'core/v1.PodCertificateProjection': {
    '': 'A private key and a certificate the node gets for the pod and renews in time.',
    signerName: 'Who signs the certificate: a domain, a slash, a name.',
    keyType: 'Kind of key: RSA3072, RSA4096, ECDSAP256, ECDSAP384, ECDSAP521 or ED25519.',
    maxExpirationSeconds: 'Longest life of the certificate in seconds, 3600 to 7862400 (91 days). Default 86400.',
    credentialBundlePath:
      'File that gets the key followed by the certificates, in PEM; both change at the same instant.',
    keyPath: 'File that gets the key, in PEM. Readers must expect that it changes apart from the certificates.',
    certificateChainPath:
      'File that gets the certificates, in PEM. Readers must expect that it changes apart from the key.',
    userAnnotations: 'Further wishes for the signer, which documents what it understands; keys as domain/name.',
  },
  'core/v1.PersistentVolumeClaimVolumeSource': {
    '': 'The storage of a claim in the namespace of the pod.',
    claimName: 'Name of the PersistentVolumeClaim.',
    readOnly: 'Whether all mounts of it are read-only. Default false.',
  },
  'core/v1.EphemeralVolumeSource': {
    '': 'Storage of a claim that is made for one pod.',
    volumeClaimTemplate:
      'What the claim is made from; it is called <pod>-<volume> and belongs to the pod. Cannot be changed.',
  },
  'core/v1.PersistentVolumeClaimTemplate': {
    '': 'What claims are made from.',
    metadata: 'Labels and annotations the claim gets.',
    spec: 'What the claim asks for.',
  },
  'core/v1.ImageVolumeSource': {
    '': 'The files of an image, read-only.',
    reference: 'The image or artifact, with tag or digest. Fetched with the same credentials as images of containers.',
    pullPolicy:
      'When it is fetched: Always, IfNotPresent or Never. Default Always for the tag latest, otherwise IfNotPresent.',
  },
  'core/v1.GitRepoVolumeSource': {
    '': 'A clone of a git repository. Deprecated and disabled; clone in an init container into an emptyDir.',
    repository: 'URL of the repository.',
    revision: 'Commit that is checked out.',
    directory: 'Folder of the clone, without "..". "." puts it at the top of the volume.',
  },
  'core/v1.NFSVolumeSource': {
    '': 'A folder of an NFS server.',
    server: 'Name or address of the server.',
    path: 'Path the server exports.',
    readOnly,
  },
  'core/v1.ISCSIVolumeSource': { '': 'A disk reached over iSCSI.', ...iscsi },
  'core/v1.ISCSIPersistentVolumeSource': { '': 'A disk reached over iSCSI.', ...iscsi },
  'core/v1.FCVolumeSource': {
    '': 'A disk reached over Fibre Channel. It is named by targetWWNs and lun, or by wwids.',
    targetWWNs: 'World-wide names of the targets.',
    lun: 'Number of the logical unit.',
    wwids: 'World-wide identifiers of the disk.',
    ...mounted,
  },
  'core/v1.CSIVolumeSource': {
    '': 'Storage a CSI driver makes for one pod.',
    ...csi,
    volumeAttributes: 'Settings for the driver.',
    nodePublishSecretRef: 'Secret the driver gets when it mounts and unmounts.',
  },
  'core/v1.CSIPersistentVolumeSource': {
    '': 'Storage of a CSI driver.',
    ...csi,
    volumeHandle: 'What the driver calls the volume. Cannot be changed.',
    volumeAttributes: 'What the driver said of the volume when it made it.',
    controllerPublishSecretRef: 'Secret the driver gets when it attaches and detaches the volume.',
    controllerExpandSecretRef: 'Secret the driver gets when it makes the volume larger.',
    nodeStageSecretRef: 'Secret the driver gets when it prepares the volume on a node.',
    nodePublishSecretRef: 'Secret the driver gets when it mounts the volume for a pod.',
    nodeExpandSecretRef: 'Secret the driver gets when it makes the file system on a node larger.',
  },
  'core/v1.LocalVolumeSource': {
    '': 'A folder or disk of one node; needs nodeAffinity.',
    path: 'Path of the folder or of the device on the node.',
    fsType: 'File system that is made on a device which has none. Default: chosen by the node. Not for folders.',
  },
  'core/v1.AWSElasticBlockStoreVolumeSource': {
    '': 'An EBS disk of AWS.',
    volumeID: 'Identifier of the disk.',
    partition: 'Partition that is mounted. Default 0: the whole disk.',
    ...mounted,
  },
  'core/v1.GCEPersistentDiskVolumeSource': {
    '': 'A disk of Google Compute Engine.',
    pdName: 'Name of the disk.',
    partition: 'Partition that is mounted. Default 0: the whole disk.',
    ...mounted,
  },
  'core/v1.AzureDiskVolumeSource': {
    '': 'A data disk of Azure.',
    diskName: 'Name of the disk.',
    diskURI: 'Address of the disk.',
    kind: 'Shared (default): several disks per account; Dedicated: one; Managed: a managed disk.',
    cachingMode: 'What the host caches: None, ReadOnly or ReadWrite (default).',
    ...mounted,
  },
  'core/v1.AzureFileVolumeSource': { '': 'A file share of Azure.', ...azureFile },
  'core/v1.AzureFilePersistentVolumeSource': {
    '': 'A file share of Azure.',
    ...azureFile,
    secretNamespace: 'Namespace of the Secret. Default: that of the claim.',
  },
  'core/v1.VsphereVirtualDiskVolumeSource': {
    '': 'A disk of vSphere.',
    volumePath: 'Path of the disk, with the datastore in front.',
    storagePolicyName: 'Name of the storage policy.',
    storagePolicyID: 'Identifier of the storage policy.',
    fsType,
  },
  'core/v1.PortworxVolumeSource': {
    '': 'A volume of Portworx.',
    volumeID: 'Identifier of the volume.',
    ...mounted,
  },
  'core/v1.CinderVolumeSource': { '': 'A disk of OpenStack.', ...cinder },
  'core/v1.CinderPersistentVolumeSource': { '': 'A disk of OpenStack.', ...cinder },
  'core/v1.CephFSVolumeSource': { '': 'A folder of CephFS. No longer supported.', ...cephfs },
  'core/v1.CephFSPersistentVolumeSource': { '': 'A folder of CephFS. No longer supported.', ...cephfs },
  'core/v1.FlexVolumeSource': { '': 'A volume of a driver installed on the nodes. Deprecated.', ...flex },
  'core/v1.FlexPersistentVolumeSource': { '': 'A volume of a driver installed on the nodes. Deprecated.', ...flex },
  'core/v1.FlockerVolumeSource': {
    '': 'A Flocker dataset. No longer supported.',
    datasetName: 'Name of the dataset, from its metadata.',
    datasetUUID: 'Identifier of the dataset.',
  },
  'core/v1.GlusterfsVolumeSource': { '': 'A Glusterfs volume. No longer supported.', ...glusterfs },
  'core/v1.GlusterfsPersistentVolumeSource': {
    '': 'A Glusterfs volume. No longer supported.',
    ...glusterfs,
    endpointsNamespace: 'Namespace of the Endpoints object. Default: that of the claim.',
  },
  'core/v1.PhotonPersistentDiskVolumeSource': {
    '': 'A disk of a Photon controller. No longer supported.',
    pdID: 'Identifier of the disk.',
    fsType,
  },
  'core/v1.QuobyteVolumeSource': {
    '': 'A Quobyte volume. No longer supported.',
    registry: 'Addresses of the registry services, host:port with commas between.',
    volume: 'Name of the volume.',
    user: 'User that files belong to. Default: that of the service account.',
    group: 'Group that files belong to. Default: none.',
    tenant: 'Tenant of the volume; set by provisioners.',
    readOnly,
  },
  'core/v1.RBDVolumeSource': { '': 'A Ceph block device. No longer supported.', ...rbd },
  'core/v1.RBDPersistentVolumeSource': { '': 'A Ceph block device. No longer supported.', ...rbd },
  'core/v1.ScaleIOVolumeSource': { '': 'A ScaleIO volume. No longer supported.', ...scaleIO },
  'core/v1.ScaleIOPersistentVolumeSource': { '': 'A ScaleIO volume. No longer supported.', ...scaleIO },
  'core/v1.StorageOSVolumeSource': { '': 'A StorageOS volume. No longer supported.', ...storageos },
  'core/v1.StorageOSPersistentVolumeSource': { '': 'A StorageOS volume. No longer supported.', ...storageos },
};
