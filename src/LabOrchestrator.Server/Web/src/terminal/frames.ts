/** Frames of the keeper protocol as a WebSocket carries them: one letter, then the payload. See docs/reference/keeper-protocol.md. */
export type KeeperFrame =
  | { type: 'hello'; epoch: bigint; next: bigint }
  | { type: 'output'; first: bigint; bytes: Uint8Array }
  | { type: 'lost'; from: bigint; to: bigint }
  | { type: 'exit'; code: number }
  | { type: 'unknown' };

export function readFrame(message: ArrayBuffer): KeeperFrame {
  const view = new DataView(message);
  switch (message.byteLength === 0 ? '' : String.fromCharCode(view.getUint8(0))) {
    case 'H':
      return { type: 'hello', epoch: view.getBigUint64(2), next: view.getBigUint64(10) };
    case 'O':
      return { type: 'output', first: view.getBigUint64(1), bytes: new Uint8Array(message, 9) };
    case 'L':
      return { type: 'lost', from: view.getBigUint64(1), to: view.getBigUint64(9) };
    case 'X':
      return { type: 'exit', code: view.getInt32(1) };
    default:
      return { type: 'unknown' };
  }
}

export function attachFrame(next: bigint): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(9);
  frame[0] = 'A'.charCodeAt(0);
  new DataView(frame.buffer).setBigUint64(1, next);
  return frame;
}

/** Most input bytes in a frame. */
const INPUT_CHUNK = 32_768;

export function inputFrames(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length; at += INPUT_CHUNK) {
    const part = bytes.subarray(at, at + INPUT_CHUNK);
    const frame = new Uint8Array(part.length + 1);
    frame[0] = 'I'.charCodeAt(0);
    frame.set(part, 1);
    frames.push(frame);
  }
  return frames;
}

export function resizeFrame(columns: number, rows: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(5);
  frame[0] = 'R'.charCodeAt(0);
  const view = new DataView(frame.buffer);
  view.setUint16(1, columns);
  view.setUint16(3, rows);
  return frame;
}

export const pauseFrame = Uint8Array.of('P'.charCodeAt(0));
export const continueFrame = Uint8Array.of('C'.charCodeAt(0));
