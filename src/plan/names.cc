#include "podreach/plan/scan_plan.h"

namespace podreach {

std::string_view ToString(VantageKind kind) {
  switch (kind) {
    case VantageKind::kBare:
      return "bare";
    case VantageKind::kTwin:
      return "twin";
    case VantageKind::kNode:
      return "node";
    case VantageKind::kCanarySource:
      return "canary-source";
    case VantageKind::kCanaryTarget:
      return "canary-target";
  }
  return "?";
}

std::string_view ToString(TargetKind kind) {
  switch (kind) {
    case TargetKind::kPod:
      return "pod";
    case TargetKind::kHostNetworkPod:
      return "host-network-pod";
    case TargetKind::kService:
      return "service";
    case TargetKind::kNode:
      return "node";
    case TargetKind::kControlPlane:
      return "control-plane";
    case TargetKind::kDns:
      return "dns";
    case TargetKind::kMetadata:
      return "metadata";
    case TargetKind::kExternal:
      return "external";
    case TargetKind::kProbe:
      return "probe";
  }
  return "?";
}

Labels ProbeLabels(const std::string& scan_id) {
  return {{"app.kubernetes.io/managed-by", "podreach"}, {"podreach.io/scan-id", scan_id}};
}

}  // namespace podreach
