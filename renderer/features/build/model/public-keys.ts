export type KeyFile =
  | { readonly kind: 'public'; readonly keys: readonly string[] }
  /** Somebody took the wrong one of the pair. */
  | { readonly kind: 'private' }
  | { readonly kind: 'none' }

/** What a file of ~/.ssh holds: public keys (`id_ed25519.pub`, `authorized_keys`), a private one, or neither. */
export function keysOf(text: string): KeyFile {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----|^PuTTY-User-Key-File/m.test(text)) return { kind: 'private' }
  const keys = text.split(/\r?\n/).flatMap((line) => {
    // options before the key (sshd(8), AUTHORIZED_KEYS FILE FORMAT) are not for another machine
    const found = /(?:^|\s)((?:ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]{16,}(?: .*)?)$/.exec(line.trim())
    return found?.[1] && !line.trim().startsWith('#') ? [found[1]] : []
  })
  return keys.length > 0 ? { kind: 'public', keys } : { kind: 'none' }
}
