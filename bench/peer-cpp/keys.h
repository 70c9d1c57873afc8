// The keys and values of bench/shape.ts: both must give the same bytes.

#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

inline std::string KeyOf(uint64_t index) {
  char text[32];
  snprintf(text, sizeof text, "user%010llu", static_cast<unsigned long long>(index));
  return text;
}

/** The same random order of keys on every side. */
class RandomKeys {
 public:
  explicit RandomKeys(uint64_t entries) : entries_(entries) {}

  uint64_t Next() {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<uint64_t>(state_ / 4294967296.0 * static_cast<double>(entries_));
  }

 private:
  const uint64_t entries_;
  uint32_t state_ = 12345;
};

inline std::string Base36(uint64_t number) {
  std::string text;
  do {
    text.insert(text.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
    number /= 36;
  } while (number != 0);
  return text;
}

/** JSON of about 100 bytes that Snappy halves. */
inline std::string SmallValue(uint64_t index) {
  const std::string pad = Base36(index * 2654435761ull % 4294967296ull);
  std::string text = "{\"id\":" + std::to_string(index) + ",\"name\":\"name-" + std::to_string(index % 997) +
                     "\",\"round\":0,\"pad\":\"";
  for (int i = 0; i < 6; i++) text += pad;
  return text + "\"}";
}
