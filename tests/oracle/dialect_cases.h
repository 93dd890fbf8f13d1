#pragma once

#include "tests/oracle/admin_cases.h"
#include "tests/oracle/calico_cases.h"
#include "tests/oracle/cilium_cases.h"
#include "tests/oracle/mesh_cases.h"

/// Cases worked out by hand: kAdminCases, kCiliumCases, kCalicoCases, kMeshCases.
