// Every BGP error that we raise ourselves: what NOTIFICATION it becomes, and which clause asks for it.

/** Code → NOTIFICATION code and subcode, clause, and what went wrong in words. */
export const BGP_ERRORS = {
  BGP_ERR_MARKER: { code: 1, subcode: 1, clause: 'RFC 4271 §6.1', text: 'the marker is not all ones' },
  BGP_ERR_LENGTH: { code: 1, subcode: 2, clause: 'RFC 4271 §6.1', text: 'bad message length' },
  BGP_ERR_TYPE: { code: 1, subcode: 3, clause: 'RFC 4271 §6.1', text: 'bad message type' },

  BGP_ERR_OPEN_MALFORMED: { code: 2, subcode: 0, clause: 'RFC 4271 §6.2', text: 'malformed OPEN' },
  BGP_ERR_OPEN_VERSION: { code: 2, subcode: 1, clause: 'RFC 4271 §6.2', text: 'unsupported version' },
  BGP_ERR_OPEN_PEER_AS: { code: 2, subcode: 2, clause: 'RFC 4271 §6.2', text: 'bad peer AS' },
  BGP_ERR_OPEN_IDENTIFIER: { code: 2, subcode: 3, clause: 'RFC 4271 §6.2', text: 'bad BGP identifier' },
  BGP_ERR_OPEN_PARAMETER: {
    code: 2,
    subcode: 4,
    clause: 'RFC 4271 §6.2',
    text: 'unsupported optional parameter',
  },
  BGP_ERR_OPEN_HOLD_TIME: { code: 2, subcode: 6, clause: 'RFC 4271 §6.2', text: 'unacceptable hold time' },
  BGP_ERR_OPEN_CAPABILITY: { code: 2, subcode: 7, clause: 'RFC 5492 §5', text: 'unsupported capability' },
  BGP_ERR_OPEN_ROLE: { code: 2, subcode: 11, clause: 'RFC 9234 §4.2', text: 'role mismatch' },

  BGP_ERR_UPDATE_ATTRIBUTE_LIST: {
    code: 3,
    subcode: 1,
    clause: 'RFC 4271 §6.3',
    text: 'malformed attribute list',
  },
  BGP_ERR_UPDATE_UNRECOGNIZED: {
    code: 3,
    subcode: 2,
    clause: 'RFC 4271 §6.3',
    text: 'unrecognized well-known attribute',
  },
  BGP_ERR_UPDATE_MISSING: {
    code: 3,
    subcode: 3,
    clause: 'RFC 4271 §6.3',
    text: 'missing well-known attribute',
  },
  BGP_ERR_UPDATE_FLAGS: { code: 3, subcode: 4, clause: 'RFC 4271 §6.3', text: 'attribute flags error' },
  BGP_ERR_UPDATE_LENGTH: { code: 3, subcode: 5, clause: 'RFC 4271 §6.3', text: 'attribute length error' },
  BGP_ERR_UPDATE_ORIGIN: { code: 3, subcode: 6, clause: 'RFC 4271 §6.3', text: 'invalid ORIGIN' },
  BGP_ERR_UPDATE_NEXT_HOP: { code: 3, subcode: 8, clause: 'RFC 4271 §6.3', text: 'invalid NEXT_HOP' },
  BGP_ERR_UPDATE_OPTIONAL: { code: 3, subcode: 9, clause: 'RFC 4271 §6.3', text: 'optional attribute error' },
  BGP_ERR_UPDATE_NETWORK: { code: 3, subcode: 10, clause: 'RFC 4271 §6.3', text: 'invalid network field' },
  BGP_ERR_UPDATE_AS_PATH: { code: 3, subcode: 11, clause: 'RFC 4271 §6.3', text: 'malformed AS_PATH' },

  BGP_ERR_HOLD_TIMER: { code: 4, subcode: 0, clause: 'RFC 4271 §6.5', text: 'hold timer expired' },

  BGP_ERR_FSM: { code: 5, subcode: 0, clause: 'RFC 4271 §6.6', text: 'finite state machine error' },
  BGP_ERR_FSM_OPEN_SENT: {
    code: 5,
    subcode: 1,
    clause: 'RFC 6608 §3',
    text: 'unexpected message in OpenSent',
  },
  BGP_ERR_FSM_OPEN_CONFIRM: {
    code: 5,
    subcode: 2,
    clause: 'RFC 6608 §3',
    text: 'unexpected message in OpenConfirm',
  },
  BGP_ERR_FSM_ESTABLISHED: {
    code: 5,
    subcode: 3,
    clause: 'RFC 6608 §3',
    text: 'unexpected message in Established',
  },

  BGP_ERR_REFRESH_LENGTH: {
    code: 7,
    subcode: 1,
    clause: 'RFC 7313 §5',
    text: 'invalid ROUTE-REFRESH length',
  },

  BGP_ERR_SEND_HOLD_TIMER: { code: 8, subcode: 0, clause: 'RFC 9687 §4', text: 'send hold timer expired' },
} as const satisfies Record<string, { code: number; subcode: number; clause: string; text: string }>

export type BgpErrorCode = keyof typeof BGP_ERRORS
