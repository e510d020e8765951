/** A printer as the box answers `GET /api/v1/printers`, as far as it is shown here. */
export interface PrinterReport {
  readonly printer: string;
  readonly state: 'starting' | 'ready' | 'mute' | 'unreachable' | 'paper_out' | 'cover_open' | 'offline';
  /** What has not come out yet. */
  readonly slips: readonly unknown[];
}

/** Whether slips come out. */
export function prints(report: PrinterReport): boolean {
  return report.state === 'ready' || report.state === 'mute';
}
