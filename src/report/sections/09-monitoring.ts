import { heading, name, paragraph, say, type Text } from '../../domain/index.js';
import type { Lookup, Piece, Section } from '../page.js';
import { toolsFor } from '../parts/components.js';
import { deliverablePieces, deliverablesOf } from '../parts/deliverables.js';

/** Dashboards, alerts with their tests, runbooks. */
export function monitoring(look: Lookup): Section {
  const part = (title: string, ...kinds: Parameters<typeof deliverablesOf>[1][]): Piece[] => {
    const pieces = deliverablePieces(deliverablesOf(look, ...kinds));
    return pieces.length > 0 ? [heading(say`${title}`), ...pieces] : [];
  };
  const pieces: Piece[] = [
    ...(look.result.extras.monitoring ?? []),
    ...part('Alerts', 'alerts', 'alert-tests'),
    ...part('Runbook', 'runbook'),
    ...part('Dashboard', 'dashboard'),
  ];
  return {
    id: 'monitoring',
    title: 'Monitoring, alerts and runbooks',
    pieces: pieces.length > 0 ? pieces : [paragraph(missing(look))],
  };
}

function missing(look: Lookup): Text {
  const app = name(look.result.case.appName || 'the system');
  const tools = toolsFor(look, 'metrics', 'alerting', 'dashboards');
  const targets = look.facts.every({ phase: 'target' });
  const what = targets.length > 0 ? say`` : say` No target was given either; an alert needs one.`;
  return tools
    ? say`No rule could be written for ${tools}: nothing that was given about ${app} names a signal to watch.${what}`
    : say`No monitoring tool was named for ${app}; with one (the product and where rules live) its alerts, dashboard and runbook are written here.${what}`;
}
