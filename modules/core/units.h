// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Strong types for the physical quantities that cross public interfaces. Each holds a double in SI units.
#pragma once

#include <cstdint>

namespace pimvp {

template <class Tag>
class Quantity {
  public:
    constexpr Quantity() = default;
    static constexpr Quantity si(double value) { return Quantity(value); }
    constexpr double si() const { return value_; }

    constexpr Quantity operator+(Quantity o) const { return Quantity(value_ + o.value_); }
    constexpr Quantity operator-(Quantity o) const { return Quantity(value_ - o.value_); }
    constexpr Quantity operator*(double k) const { return Quantity(value_ * k); }
    constexpr Quantity operator/(double k) const { return Quantity(value_ / k); }
    constexpr double operator/(Quantity o) const { return value_ / o.value_; }
    constexpr Quantity& operator+=(Quantity o) { return *this = *this + o; }
    constexpr bool operator<(Quantity o) const { return value_ < o.value_; }
    constexpr bool operator>(Quantity o) const { return value_ > o.value_; }
    constexpr bool operator<=(Quantity o) const { return value_ <= o.value_; }
    constexpr bool operator>=(Quantity o) const { return value_ >= o.value_; }
    constexpr bool operator==(Quantity o) const { return value_ == o.value_; }

  private:
    explicit constexpr Quantity(double value) : value_(value) {}
    double value_ = 0.0;
};
template <class Tag>
constexpr Quantity<Tag> operator*(double k, Quantity<Tag> q) {
    return q * k;
}

using Energy = Quantity<struct EnergyTag>;            // joule
using Power = Quantity<struct PowerTag>;              // watt
using Duration = Quantity<struct DurationTag>;        // second
using Area = Quantity<struct AreaTag>;                // square metre
using Capacitance = Quantity<struct CapacitanceTag>;  // farad
using Voltage = Quantity<struct VoltageTag>;          // volt
using Frequency = Quantity<struct FrequencyTag>;      // hertz

constexpr Energy femtojoules(double v) {
    return Energy::si(v * 1e-15);
}
constexpr Energy picojoules(double v) {
    return Energy::si(v * 1e-12);
}
constexpr Duration nanoseconds(double v) {
    return Duration::si(v * 1e-9);
}
constexpr Duration microseconds(double v) {
    return Duration::si(v * 1e-6);
}
constexpr Area square_micrometres(double v) {
    return Area::si(v * 1e-12);
}
constexpr Capacitance femtofarads(double v) {
    return Capacitance::si(v * 1e-15);
}
constexpr Voltage volts(double v) {
    return Voltage::si(v);
}
constexpr Power microwatts(double v) {
    return Power::si(v * 1e-6);
}

/// Charging a capacitance through a full swing from the supply: C V^2.
constexpr Energy switching_energy(Capacitance c, Voltage v) {
    return Energy::si(c.si() * v.si() * v.si());
}

/// A clock period in whole picoseconds; all other times of a block are integer cycles of it.
struct Period {
    std::int64_t ps = 5000;
    /// Throws Error, which starts with `key`, for less than 1 ps or what is not whole picoseconds (to 1e-6).
    static Period of(Duration time, const char* key = "period");
    Duration duration() const { return Duration::si(static_cast<double>(ps) * 1e-12); }
    /// ceil(time / period), at least 1; a thousandth of a picosecond of slack absorbs floating-point noise.
    std::int64_t cycles(Duration time) const;
};

}  // namespace pimvp
