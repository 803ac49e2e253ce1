import type {
  CertificateAuthority,
  CertificateProfile,
  CertificateSubject,
  CertifiedKey,
  SignedCertificate,
  VerifiedRequest,
} from './certificate-authority.ts';
import type { CertificateTerms, RequestedCertificate } from '../../ports/certificates.ts';
import { type FileAuthorityOptions, openAuthority } from './file-authority.ts';
import { finishSwitch, readRotation, type Rotation } from './rotation.ts';

/** The authority of a folder while its files may change: signs with the current one, names all that are trusted. */
export class LiveAuthority implements CertificateAuthority {
  readonly #options: FileAuthorityOptions;
  readonly #listeners: (() => void)[] = [];
  #current: CertificateAuthority;
  #rotation: Rotation;

  private constructor(options: FileAuthorityOptions, current: CertificateAuthority, rotation: Rotation) {
    this.#options = options;
    this.#current = current;
    this.#rotation = rotation;
  }

  /** Opens the folder, making an authority on first use. @throws {AuthorityFileError} when its files are damaged. */
  static async open(options: FileAuthorityOptions): Promise<LiveAuthority> {
    await finishSwitch(options.folder);
    const current = await openAuthority(options);
    return new LiveAuthority(options, current, await readRotation(options.folder));
  }

  /** Reads the files again, and tells whoever listens if they changed. @throws {AuthorityFileError} and stays as it is. */
  async reload(): Promise<void> {
    const current = await openAuthority(this.#options);
    const rotation = await readRotation(this.#options.folder);
    const isSame = rotation.otherPem === this.#rotation.otherPem;
    if (isSame && current.certificatePem === this.#current.certificatePem) return;
    this.#current = current;
    this.#rotation = rotation;
    for (const changed of this.#listeners) changed();
  }

  /** Calls back after every change, as long as the process lives. */
  onChange(changed: () => void): void {
    this.#listeners.push(changed);
  }

  /** Of the authority that signs. */
  get certificatePem(): string {
    return this.#current.certificatePem;
  }

  /** All that are trusted, the one that signs first. */
  get trustedPems(): readonly string[] {
    const { otherPem } = this.#rotation;
    return otherPem === undefined ? [this.certificatePem] : [this.certificatePem, otherPem];
  }

  /** The same as one text. */
  get trustedPem(): string {
    return this.trustedPems.join('');
  }

  /** What makes those who trust the older of two believe the newer one; empty when there is one. */
  get endorsementPem(): string {
    return this.#rotation.endorsementPem ?? '';
  }

  issue(profile: CertificateProfile): Promise<CertifiedKey> {
    return this.#current.issue(profile);
  }

  inspect(csrPem: string, signal: AbortSignal): Promise<VerifiedRequest> {
    return this.#current.inspect(csrPem, signal);
  }

  sign(csrPem: string, subject: CertificateSubject, signal: AbortSignal): Promise<SignedCertificate> {
    return this.#current.sign(csrPem, subject, signal);
  }

  readRequest(requestPem: string): Promise<RequestedCertificate> {
    return this.#current.readRequest(requestPem);
  }

  signRequest(requestPem: string, terms: CertificateTerms): Promise<string> {
    return this.#current.signRequest(requestPem, terms);
  }
}
