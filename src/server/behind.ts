import { setPriority } from 'node:os';

const LOWER = 5;

/** Lets a process of the server work behind it: what is acknowledged comes before what is studied. */
export function behind<T extends { readonly pid?: number | null | undefined }>(child: T): T {
  try {
    if (typeof child.pid === 'number') setPriority(child.pid, LOWER);
  } catch {
    // It may have ended already, or the system knows no priorities.
  }
  return child;
}
