export type { ChannelPosition } from '../../../../src/internal/channelPosition.js'
export type { PublicationConfig } from '../../../../src/server/history/publication.js'
