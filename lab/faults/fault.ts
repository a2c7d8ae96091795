import type { Settings } from '../settings.js';

/** A change that does harm, and how it looks to the team that shipped it. */
export type Fault = {
  id: string;
  title: string;
  settings: Partial<Settings>;
  /** The deploy that brings it: the version after it, and what its author wrote. */
  deploy: { service: string; version: string; message: string; summary: string };
};
