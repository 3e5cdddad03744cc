-- Older sign-offs do not say how many projects they cover, so a larger or smaller entry needs a new one before it is written.
ALTER TABLE `decisions` ADD `widening` integer;