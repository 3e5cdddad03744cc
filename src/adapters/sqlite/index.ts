export { openStore } from './rollout-store.ts';
