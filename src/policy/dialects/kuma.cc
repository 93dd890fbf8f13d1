// Kuma's MeshTrafficPermission (kuma.io) can't be evaluated. It is of a mesh: what the network lets
// through it may refuse, and what the network denies it can't allow.

#include "policy/dialect.h"

namespace podreach::policy::kuma {

Dialect Make() {
  Dialect dialect;
  dialect.name = "Kuma";
  dialect.kinds = {{"kuma.io", "MeshTrafficPermission", "meshtrafficpermissions"}};
  dialect.layer = "kuma";
  return dialect;
}

}  // namespace podreach::policy::kuma
