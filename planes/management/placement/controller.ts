import { type ControllerDefinition, watching } from '../../../kernel/controller/controller.ts';
import { siteKind } from '../site/type.ts';
import { reconcilePlacement } from './reconcile.ts';
import { type Placement, placementKind } from './type.ts';

/** Keeps the status of Placements while sites come, go and change their labels. */
export const placementController: ControllerDefinition<Placement> = {
  name: 'placement',
  kind: placementKind,
  rules: [],
  watches: [
    watching(siteKind, (_site, view) =>
      view.list(placementKind).map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name })),
    ),
  ],
  reconcile: reconcilePlacement,
};
