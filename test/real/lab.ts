import { type Collector, startCollector } from '../../lab/record/collector.js';
import { HEALTHY } from '../../lab/settings.js';
import {
  type Services,
  type Stores,
  startServices,
  startStores,
  type Versions,
} from '../../lab/topology/system.js';

export interface Lab {
  stores: Stores;
  services: Services;
  collector: Collector;
  stop(): Promise<void>;
}

/** The healthy lab, freshly filled; `stop` ends all of it. */
export async function startLab(versions: Versions, traceRatio: number): Promise<Lab> {
  const stores = await startStores();
  await stores.reset();
  const collector = await startCollector();
  const services = await startServices({
    stores,
    collectorUrl: collector.url,
    versions,
    settings: HEALTHY,
    traceRatio,
  });
  return {
    stores,
    services,
    collector,
    async stop() {
      await services.stop();
      await collector.stop();
      await stores.stop();
    },
  };
}
