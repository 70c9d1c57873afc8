// The works that write.

#pragma once

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <memory>
#include <vector>

#include "keys.h"

constexpr size_t kFillBatch = 1000;

/** Batches of small values, made before the time begins; random keys repeat. */
inline std::vector<leveldb::WriteBatch> MakeBatches(uint64_t entries, bool random) {
  std::vector<leveldb::WriteBatch> batches;
  RandomKeys keys(entries);
  for (uint64_t i = 0; i < entries; i++) {
    if (i % kFillBatch == 0) batches.emplace_back();
    batches.back().Put(KeyOf(random ? keys.Next() : i), SmallValue(i));
  }
  return batches;
}

/** So many GB of values that do not compress, in ascending order of keys; 1 KB each. */
inline leveldb::Status FillLarge(leveldb::DB* db, uint64_t entries) {
  std::string value(1000, 0);
  uint64_t state = 88172645463325252ull;
  leveldb::WriteBatch batch;
  for (uint64_t i = 0; i < entries; i++) {
    for (size_t at = 0; at + 8 <= value.size(); at += 8) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      value.replace(at, 8, reinterpret_cast<const char*>(&state), 8);
    }
    batch.Put(KeyOf(i), value);
    if (i % kFillBatch == kFillBatch - 1 || i == entries - 1) {
      const leveldb::Status status = db->Write(leveldb::WriteOptions(), &batch);
      if (!status.ok()) return status;
      batch.Clear();
    }
  }
  return leveldb::Status::OK();
}
