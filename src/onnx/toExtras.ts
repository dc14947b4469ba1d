import { type Extras, NO_EXTRAS } from '../ir/extras'
import type { EntryProto, Message } from './proto'

/** The parts of a message that the IR keeps but does not read. */
export function toExtras(
  message: Message & { docString?: string | undefined; metadataProps?: EntryProto[] },
): Extras {
  const { docString, metadataProps = [], unknown } = message
  if (docString === undefined && metadataProps.length === 0 && !unknown) return NO_EXTRAS
  return {
    ...(docString === undefined ? {} : { docString }),
    ...(metadataProps.length === 0
      ? {}
      : { metadata: metadataProps.map(({ key = '', value = '' }) => [key, value] as const) }),
    ...(unknown ? { unknown } : {}),
  }
}

/** The same, back into the fields of a message. */
export function fromExtras(extras: Extras): {
  docString: string | undefined
  metadataProps: EntryProto[]
  unknown?: Uint8Array
} {
  const metadataProps = (extras.metadata ?? []).map(([key, value]) => ({ at: 0, key, value }))
  const { docString, unknown } = extras
  return unknown ? { docString, metadataProps, unknown } : { docString, metadataProps }
}
