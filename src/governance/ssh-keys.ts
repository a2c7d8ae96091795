import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Refusal } from './refusal.js';

const TYPE = 'ssh-ed25519';
const RAW_BYTES = 32;
/** What a signature is for: `ssh-keygen -Y verify -n kneepoint` accepts it, and no signature made for something else counts. */
export const NAMESPACE = 'kneepoint';

/** A public key, with the fingerprint that `ssh-keygen -l` shows. */
export interface PublicKey {
  key: KeyObject;
  fingerprint: string;
}

/** Reads `ssh-ed25519 AAAA… comment`, or an Ed25519 public key in PEM. Refuses other kinds of keys. */
export function readPublicKey(text: string, where: string): PublicKey {
  const trimmed = text.trim();
  if (trimmed.startsWith('-----BEGIN')) return describe(ed25519(() => createPublicKey(trimmed), where));
  const [type, blob] = trimmed.split(/\s+/);
  if (type !== TYPE || blob === undefined) throw notEd25519(where);
  return fromBlob(Buffer.from(blob, 'base64'), where);
}

/** Reads an Ed25519 private key: OpenSSH's own format without a passphrase, or PKCS #8 in PEM. */
export function readPrivateKey(text: string, where: string): KeyObject {
  if (text.includes('BEGIN OPENSSH PRIVATE KEY')) return openSshPrivateKey(text, where);
  return ed25519(() => createPrivateKey(text), where);
}

export const publicOf = (privateKey: KeyObject): PublicKey => describe(createPublicKey(privateKey));

function ed25519(read: () => KeyObject, where: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw notEd25519(where);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw notEd25519(where);
  return key;
}

const notEd25519 = (where: string): Refusal =>
  new Refusal('This is no Ed25519 key.', where, 'Give a key made with: ssh-keygen -t ed25519');

const rawOf = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

function describe(key: KeyObject): PublicKey {
  const digest = createHash('sha256')
    .update(blobOf(rawOf(key)))
    .digest('base64');
  return { key, fingerprint: `SHA256:${digest.replace(/=+$/, '')}` };
}

/** A length of four bytes and the bytes (RFC 4251, section 5). */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as Buffer);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
const blobOf = (raw: Buffer): Buffer => Buffer.concat([field(TYPE), field(raw)]);

/** Takes fields one after the other; refuses what is cut off. */
function fieldsOf(
  bytes: Buffer,
  where: string,
): { next(): Buffer; skip(count: number): Buffer; done(): boolean } {
  let at = 0;
  const skip = (count: number): Buffer => {
    if (at + count > bytes.length)
      throw new Refusal('The key or signature is cut off.', where, 'Copy it whole.');
    at += count;
    return bytes.subarray(at - count, at);
  };
  return { skip, next: () => skip(skip(4).readUInt32BE()), done: () => at === bytes.length };
}

function fromBlob(blob: Buffer, where: string): PublicKey {
  const fields = fieldsOf(blob, where);
  if (fields.next().toString('latin1') !== TYPE) throw notEd25519(where);
  const raw = fields.next();
  if (raw.length !== RAW_BYTES || !fields.done()) throw notEd25519(where);
  return describe(
    createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') } }),
  );
}

const bodyOf = (text: string): Buffer =>
  Buffer.from(text.replace(/-----[A-Z ]+-----/g, '').replace(/\s+/g, ''), 'base64');

/** The format of PROTOCOL.key in OpenSSH: magic, cipher, key derivation, public keys, private part. */
function openSshPrivateKey(text: string, where: string): KeyObject {
  const bytes = bodyOf(text);
  const magic = 'openssh-key-v1\0';
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) throw notEd25519(where);
  const fields = fieldsOf(bytes.subarray(magic.length), where);
  if (fields.next().toString('latin1') !== 'none')
    throw new Refusal(
      'The key has a passphrase.',
      where,
      `Sign with ssh-keygen instead: --print-statement writes what to sign, ssh-keygen -Y sign -n ${NAMESPACE} -f KEY signs it, --signature FILE takes it.`,
    );
  fields.next();
  fields.next();
  fields.skip(4);
  fields.next();
  const secret = fieldsOf(fields.next(), where);
  if (!secret.skip(4).equals(secret.skip(4)) || secret.next().toString('latin1') !== TYPE)
    throw notEd25519(where);
  const raw = secret.next();
  const both = secret.next();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: raw.toString('base64url'),
      d: both.subarray(0, RAW_BYTES).toString('base64url'),
    },
  });
}

/** What is signed of a message (PROTOCOL.sshsig of OpenSSH): its hash, with the namespace. */
function toBeSigned(message: string): Buffer {
  const hash = createHash('sha512').update(message).digest();
  return Buffer.concat([Buffer.from('SSHSIG'), field(NAMESPACE), field(''), field('sha512'), field(hash)]);
}

/** A signature as `ssh-keygen -Y sign` writes it. */
export function signMessage(message: string, privateKey: KeyObject): string {
  const version = Buffer.from([0, 0, 0, 1]);
  const signature = sign(null, toBeSigned(message), privateKey);
  const whole = Buffer.concat([
    Buffer.from('SSHSIG'),
    version,
    field(blobOf(rawOf(createPublicKey(privateKey)))),
    field(NAMESPACE),
    field(''),
    field('sha512'),
    field(Buffer.concat([field(TYPE), field(signature)])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

const ARMORED = /^-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/=]{1,76}\n)+-----END SSH SIGNATURE-----\n?$/;

/** The key that made a signature of this message; nothing when it does not fit the message. Throws on what is no signature. */
export function signerOf(message: string, armored: string, where: string): PublicKey | undefined {
  const bytes = bodyOf(armored);
  // Exactly as ssh-keygen writes it: nothing may be hidden between its lines.
  if (!ARMORED.test(armored) || bytes.toString('base64') !== armored.replace(/-----[A-Z ]+-----|\n/g, ''))
    throw new Refusal('The signature was altered.', where, 'Take the file as it was committed.');
  if (bytes.subarray(0, 6).toString('latin1') !== 'SSHSIG' || bytes.length < 10)
    throw new Refusal('This is no SSH signature.', where, `Sign with: ssh-keygen -Y sign -n ${NAMESPACE}`);
  const fields = fieldsOf(bytes.subarray(10), where);
  const signer = fromBlob(fields.next(), where);
  if (fields.next().toString() !== NAMESPACE) return undefined;
  fields.next();
  const algorithm = fields.next().toString('latin1');
  if (algorithm !== 'sha512' && algorithm !== 'sha256') return undefined;
  const inner = fieldsOf(fields.next(), where);
  if (inner.next().toString('latin1') !== TYPE) return undefined;
  const hash = createHash(algorithm).update(message).digest();
  const signed = Buffer.concat([
    Buffer.from('SSHSIG'),
    field(NAMESPACE),
    field(''),
    field(algorithm),
    field(hash),
  ]);
  return verify(null, signed, signer.key, inner.next()) ? signer : undefined;
}
