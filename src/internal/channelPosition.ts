/** A position in a channel with history: everything up to it has been received, or is in the data that it belongs to. */
export interface ChannelPosition {
  /** Names the numbering of the offsets. With another epoch, offsets cannot be compared. */
  readonly epoch: string
  /** The number of the last publication, counted from 1; 0 before the first. */
  readonly offset: number
}
