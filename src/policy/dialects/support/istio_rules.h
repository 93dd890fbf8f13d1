#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/field.h"
#include "podreach/cluster/snapshot.h"
#include "policy/rule.h"

/// What an AuthorizationPolicy's rules are made of.
namespace podreach::policy {

/// Where mesh-wide policies live (Istio's rootNamespace, by its default).
inline constexpr std::string_view kIstioRoot = "istio-system";

/// Pods that take part in the mesh in one of these ways.
[[nodiscard]] LabelRequirement InIstio(std::vector<std::string> ways);
/// Who has no identity for sure.
[[nodiscard]] LabelSelector WithoutIstioIdentity();
/// Pods of which it isn't known whether they show one: in ambient mode, or sending past their
/// sidecar.
[[nodiscard]] RulePeer MayHaveIstioIdentity(const RulePeer& like);

/// What the proxy listens on for itself; nothing of the mesh is asked there.
[[nodiscard]] const PortSet& IstioOwnPorts();
/// All of TCP but those.
[[nodiscard]] RulePorts IstioTcp();

/// The pods' ports that Services of a namespace, of the root namespace: of all, declare as
/// something else than HTTP, by appProtocol or else by the name's prefix. A name stands for each
/// pod's port of that name.
[[nodiscard]] PortSet DeclaredAsNoHttp(const Snapshot& snapshot, const std::string& ns);

/// How a rule's conditions on requests are read, of which a connection shows nothing.
enum class Requests : std::uint8_t {
  kOfHttp,     ///< an ALLOW stands, anything else matches no connection
  kLeftUnsaid  ///< as if they weren't there
};

struct IstioReading {
  const std::string& ns;  ///< the policy's
  /// Some of the namespace's pods may be spoken to without mTLS, which shows no identity.
  bool plain = false;
  Requests requests = Requests::kOfHttp;
};

/// Adds what one `source` asks of pods and of addresses. False where it is limited to what a
/// connection doesn't show.
[[nodiscard]] bool ReadIstioSource(const Field& source, const IstioReading& reading, Rule& rule);
/// Adds the ports of one `operation`; false as above.
[[nodiscard]] bool ReadIstioOperation(const Field& operation, Requests requests, Rule& rule);

}  // namespace podreach::policy
