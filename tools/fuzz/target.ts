/** What is read of a damaged file, and what it may ask for. */
export interface FuzzTarget {
  /** Well-formed files that the damaged ones are made of. */
  seeds(): Promise<readonly Uint8Array[]>;
  /**
   * Reads all of a file, as an app would. Damage must end it with a CheckpointError or DataError, or go unnoticed where
   * it only changed values.
   *
   * @param path     of the damaged file
   * @param declare  is told bytes that the file, its sizes checked against its length, asks for beyond twice that length:
   *                 its tensors as float32, its rows as objects
   */
  read(path: string, declare: (bytes: number) => void): Promise<void>;
}
