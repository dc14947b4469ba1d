/** What onnxruntime is told: its threads would spin on for tens of milliseconds and keep a core from whoever is next. */
export const RESTING = { session: { intra_op: { allow_spinning: '0' } } }
