import { RolloutError } from '../../domain/errors.ts';
import { SETTLEABLE, type FailureRecord } from '../../domain/watch/denial.ts';
import type { OrderContext } from '../orders/order.ts';

const refuse = (message: string, hint: string): RolloutError => new RolloutError('ORDER_REFUSED', message, hint);

/**
 * The failed jobs that an order to settle means.
 *
 * @throws RolloutError `ORDER_REFUSED` when one of them is unknown, or is not for a person to settle
 */
export async function whatToSettle(
  { store }: Pick<OrderContext, 'store'>,
  jobIds: readonly number[],
): Promise<readonly FailureRecord[]> {
  const known = new Map((await store.failures()).map((failure) => [failure.jobId, failure]));
  return [...new Set(jobIds)].map((id) => {
    const failure = known.get(id);
    if (!failure) throw refuse(`job ${id} is no failed job that was looked at`, 'Run `tidegate findings` to see them.');
    if (SETTLEABLE.includes(failure.disposition)) return failure;
    const edge = `${failure.callerPath} ${failure.calleePath ?? 'CALLEE'}`;
    throw failure.disposition === 'denied'
      ? refuse(
          `job ${id} was denied, which is no matter of opinion`,
          `Decide the access: \`tidegate edges approve ${edge}\` or \`tidegate edges reject ${edge}\`, with --reason TEXT.`,
        )
      : refuse(`job ${id} keeps nothing from passing: it is ${failure.disposition}`, 'There is nothing to settle.');
  });
}

/**
 * Records that a person knows what these jobs failed of, and that it was no refusal. The wave is not moved on by it: the next
 * sweep judges without them, and a wave that waits goes on waiting.
 */
export async function settleFailures(
  { store, clock, person }: OrderContext,
  jobIds: readonly number[],
  reason: string,
): Promise<void> {
  await store.transaction(async () => {
    const failures = await whatToSettle({ store }, jobIds);
    for (const { jobId } of failures)
      await store.settleFailure(jobId, {
        disposition: 'settled',
        reason: `settled by ${person}: ${reason}`,
        confidence: 1,
      });
    const ledger = failures.map(({ jobId, jobName, callerPath, calleePath, disposition, waveId }) => ({
      kind: 'order',
      subject: `settle job ${jobId} of ${callerPath}`,
      body: { reason, by: person, job: jobName, callee: calleePath, was: disposition, wave: waveId },
    }));
    await store.appendLedger(ledger, clock.now());
  });
}
