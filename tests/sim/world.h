#pragma once

#include "tests/sim/cluster.h"
#include "tests/sim/pod_text.h"
#include "tests/sim/store.h"

namespace podreach::sim {

/// A simulated cluster: its objects as the API server tells them, and its network as it is.
struct World {
  World() : store(cluster.labels(), pod_texts) {}

  Cluster cluster;
  PodTexts pod_texts;
  Store store;
};

}  // namespace podreach::sim
