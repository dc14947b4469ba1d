/** Memory for native work that goes back to the system when it is done, not when garbage is collected. */

/** Buffers of these are resizable, and resized by nobody but `freeScratch`. */
const scratch = new WeakSet<ArrayBufferLike>()

/** Zeros, of which native functions may be given any view. */
export function takeScratch(bytes: number): Uint8Array<ArrayBuffer> {
  const buffer = new ArrayBuffer(bytes, { maxByteLength: bytes })
  scratch.add(buffer)
  return new Uint8Array(buffer, 0, bytes)
}

/** Views of the memory are empty from now on. No native work may go on with it any more. */
export function freeScratch({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (isScratch(buffer)) buffer.resize(0)
}

export function isScratch(buffer: ArrayBufferLike): boolean {
  return scratch.has(buffer)
}
