// Loaded with x509.ts only: the library is slow to load.
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
} from '@peculiar/x509';
import type { KeyUsage } from '../../schema/standard/types.ts';

const bits: Partial<Record<KeyUsage, KeyUsageFlags>> = {
  signing: KeyUsageFlags.digitalSignature,
  'digital signature': KeyUsageFlags.digitalSignature,
  'content commitment': KeyUsageFlags.nonRepudiation,
  'key encipherment': KeyUsageFlags.keyEncipherment,
  'key agreement': KeyUsageFlags.keyAgreement,
  'data encipherment': KeyUsageFlags.dataEncipherment,
  'cert sign': KeyUsageFlags.keyCertSign,
  'crl sign': KeyUsageFlags.cRLSign,
  'encipher only': KeyUsageFlags.encipherOnly,
  'decipher only': KeyUsageFlags.decipherOnly,
};

const purposes: Partial<Record<KeyUsage, string>> = {
  any: '2.5.29.37.0',
  'server auth': ExtendedKeyUsage.serverAuth,
  'client auth': ExtendedKeyUsage.clientAuth,
  'code signing': ExtendedKeyUsage.codeSigning,
  'email protection': ExtendedKeyUsage.emailProtection,
  's/mime': ExtendedKeyUsage.emailProtection,
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: ExtendedKeyUsage.timeStamping,
  'ocsp signing': ExtendedKeyUsage.ocspSigning,
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

/** The extensions that limit a certificate to these usages (names of certificates.k8s.io/v1, RFC 5280 §4.2.1.3 and §4.2.1.12). */
export function usageExtensions(usages: readonly KeyUsage[]): readonly Extension[] {
  const flags: KeyUsageFlags[] = usages.map((usage) => bits[usage]).filter((flag) => flag !== undefined);
  const extended = new Set(usages.map((usage) => purposes[usage]).filter((purpose) => purpose !== undefined));
  return [
    ...(flags.length === 0 ? [] : [new KeyUsagesExtension(flags.reduce(together), true)]),
    ...(extended.size === 0 ? [] : [new ExtendedKeyUsageExtension([...extended])]),
  ];
}

/** The library takes a sum of flags under the type of one. */
function together(a: KeyUsageFlags, b: KeyUsageFlags): KeyUsageFlags {
  return a | b;
}
