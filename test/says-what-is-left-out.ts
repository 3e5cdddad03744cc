/** Runs once before `npm test`: what it does not run, nobody should take for run. */
export default function sayWhatIsLeftOut(): void {
  console.log(
    'Left out here: the suite with real clients (npm run test:clients; test/clients/install.sh installs them).',
  );
  if (process.env['TIDEGATE_SOAK'] !== '1') console.log('Left out here: the long runs (TIDEGATE_SOAK=1 npm test).');
}
