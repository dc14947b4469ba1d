import type { Extras } from '../ir/extras'
import type { EntryProto, Message } from './proto'

/** The parts of a message that the IR keeps but does not read. */
export function toExtras(
  message: Message & { docString?: string | undefined; metadataProps?: EntryProto[] },
): Extras {
  const extras: Extras = {}
  if (message.docString !== undefined) extras.docString = message.docString
  const entries = message.metadataProps ?? []
  if (entries.length > 0) extras.metadata = entries.map(({ key = '', value = '' }) => [key, value])
  if (message.unknown) extras.unknown = message.unknown
  return extras
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
