#pragma once

#include <string>
#include <string_view>

#include "podreach/kube/kube_client.h"

namespace podreach {

/// What an error says was tried: "list networkpolicies.networking.k8s.io in namespace shop".
[[nodiscard]] std::string Describe(std::string_view verb, const ResourcePath& path);

/// `path` with those of `queries` that aren't empty: "path?a=1&b=2".
[[nodiscard]] std::string WithQuery(std::string path,
                                    std::initializer_list<std::string_view> queries);

}  // namespace podreach
