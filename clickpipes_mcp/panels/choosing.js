// Which drawing an answer takes: by what is in it, as a call within a panel may answer something else.

import { renderChange } from "./change.js";
import { renderFleet } from "./fleet.js";
import { renderPipe } from "./pipe.js";

/** The drawing for the structured content of an answer; null for what none is made for. */
export function drawingFor(data) {
  if (data.effects || data.costs || data.changes || data.request || data.left || data.clickpipe) return renderChange;
  if (data.clickpipes?.some((row) => row.stands !== undefined)) return renderChange;
  if (data.state_means || data.findings || data.readings?.length) return renderPipe;
  return data.clickpipes ? renderFleet : null;
}
