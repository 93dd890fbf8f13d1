#pragma once

#include <cstddef>
#include <cstdint>

namespace podreach {

/// Index of a vantage in the plan, the matrix and the record of one scan.
enum class VantageId : std::uint32_t {};
/// Index of a target, the same way.
enum class TargetId : std::uint32_t {};
/// Index of a place, the same way.
enum class PlaceId : std::uint32_t {};
/// Index of a target group, the same way.
enum class GroupId : std::uint32_t {};

[[nodiscard]] constexpr std::size_t Index(VantageId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr std::size_t Index(TargetId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr std::size_t Index(PlaceId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr std::size_t Index(GroupId id) { return static_cast<std::size_t>(id); }

}  // namespace podreach
