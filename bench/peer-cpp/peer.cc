// C++ LevelDB's side of the benchmark: one work, timed in this process, its answer one line of JSON.
//
//   peer WORK DIRECTORY ENTRIES GETS CACHE_BYTES

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>

#include "fill.h"

namespace {

struct Request {
  std::string work;
  std::string directory;
  uint64_t entries;
  uint64_t gets;
  size_t cache_bytes;
};

double milliseconds = 0;

/** Runs `body` and adds to the time. */
int64_t Timed(const std::function<int64_t()>& body) {
  const auto started = std::chrono::steady_clock::now();
  const int64_t count = body();
  milliseconds += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
  return count;
}

void Check(const leveldb::Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "%s\n", status.ToString().c_str());
  exit(1);
}

std::unique_ptr<leveldb::DB> Open(const Request& request, leveldb::Options options = leveldb::Options()) {
  if (request.cache_bytes > 0) options.block_cache = leveldb::NewLRUCache(request.cache_bytes);
  // As classic-level has it.
  options.filter_policy = leveldb::NewBloomFilterPolicy(10);
  leveldb::DB* db = nullptr;
  Check(leveldb::DB::Open(options, request.directory, &db));
  return std::unique_ptr<leveldb::DB>(db);
}

/** So that a log is not written to a table by the mere opening. */
std::unique_ptr<leveldb::DB> OpenToRead(const Request& request) {
  leveldb::Options options;
  options.write_buffer_size = 256 << 20;
  return Open(request, options);
}

int64_t FilesOf(leveldb::DB* db) {
  int64_t files = 0;
  for (int level = 0; level < 7; level++) {
    std::string text;
    db->GetProperty("leveldb.num-files-at-level" + std::to_string(level), &text);
    files += atoll(text.c_str());
  }
  return files;
}

int64_t OpenOnly(const Request& request) {
  return Timed([&] { return FilesOf(OpenToRead(request).release()); });
}

/** FNV-1a with 64 bits over the bytes and a separator, as `lsm scan --count` has it. */
uint64_t Digest(uint64_t hash, const leveldb::Slice& bytes) {
  constexpr uint64_t kPrime = 0x100000001b3ull;
  for (size_t i = 0; i < bytes.size(); i++) hash = (hash ^ static_cast<uint8_t>(bytes[i])) * kPrime;
  return (hash ^ 0xff) * kPrime;
}

/** What was found, where it says more than a count. */
std::string text;

int64_t Scan(const Request& request, bool digests) {
  uint64_t hash = 0xcbf29ce484222325ull;
  const int64_t entries = Timed([&] {
    auto db = OpenToRead(request);
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> it(db->NewIterator(options));
    int64_t entries = 0;
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      // What a reader would touch at least.
      entries += (it->key().size() > 0 && it->value().size() > 0) ? 1 : 0;
      if (digests) hash = Digest(Digest(hash, it->key()), it->value());
    }
    Check(it->status());
    return entries;
  });
  if (digests) {
    char digest[32];
    snprintf(digest, sizeof digest, " %016llx", static_cast<unsigned long long>(hash));
    text = std::to_string(entries) + digest;
  }
  return entries;
}

/** `again`: the same gets before, so that the cache holds what they need. */
int64_t Get(const Request& request, bool again) {
  auto db = OpenToRead(request);
  std::vector<std::string> keys;
  RandomKeys random(request.entries);
  for (uint64_t i = 0; i < request.gets; i++) keys.push_back(KeyOf(random.Next()));
  std::string value;
  const auto all = [&] {
    int64_t bytes = 0;
    for (const auto& key : keys) {
      if (db->Get(leveldb::ReadOptions(), key, &value).ok()) bytes += value.size();
    }
    return bytes;
  };
  if (again) all();
  return Timed(all);
}

int64_t Seek(const Request& request) {
  auto db = OpenToRead(request);
  std::vector<std::string> keys;
  RandomKeys random(request.entries);
  for (uint64_t i = 0; i < request.gets; i++) keys.push_back(KeyOf(random.Next()));
  const std::unique_ptr<leveldb::Iterator> it(db->NewIterator(leveldb::ReadOptions()));
  return Timed([&] {
    int64_t bytes = 0;
    for (const auto& key : keys) {
      it->Seek(key);
      if (it->Valid()) bytes += it->value().size();
    }
    return bytes;
  });
}

int64_t Fill(const Request& request, bool random) {
  leveldb::Options options;
  options.create_if_missing = true;
  auto db = Open(request, options);
  auto batches = MakeBatches(request.entries, random);
  return Timed([&] {
    for (auto& batch : batches) Check(db->Write(leveldb::WriteOptions(), &batch));
    return static_cast<int64_t>(request.entries);
  });
}

int64_t MakeLarge(const Request& request) {
  leveldb::Options options;
  options.create_if_missing = true;
  options.compression = leveldb::kNoCompression;
  options.write_buffer_size = 64 << 20;
  options.max_file_size = 16 << 20;
  auto db = Open(request, options);
  Check(FillLarge(db.get(), request.entries));
  return request.entries;
}

const std::map<std::string, std::function<int64_t(const Request&)>> works = {
    {"open", OpenOnly},
    {"open-log", [](const Request& r) { return OpenOnly(r), -1; }},
    {"scan", [](const Request& r) { return Scan(r, false); }},
    {"digest", [](const Request& r) { return Scan(r, true); }},
    {"get", [](const Request& r) { return Get(r, false); }},
    {"get-again", [](const Request& r) { return Get(r, true); }},
    {"seek", Seek},
    {"fill-sequential", [](const Request& r) { return Fill(r, false); }},
    {"fill-random", [](const Request& r) { return Fill(r, true); }},
    {"fill-large", MakeLarge},
    {"recover",
     [](const Request& r) {
       return Timed([&] { return Open(r).release(), int64_t{-1}; });
     }},
    {"compact",
     [](const Request& r) {
       auto db = Open(r);
       Timed([&] { return db->CompactRange(nullptr, nullptr), 0; });
       return int64_t{-1};
     }},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6 || works.count(argv[1]) == 0) return 2;
  const Request request = {argv[1], argv[2], strtoull(argv[3], nullptr, 10), strtoull(argv[4], nullptr, 10),
                           strtoull(argv[5], nullptr, 10)};
  const int64_t count = works.at(request.work)(request);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const std::string found = text.empty() ? "" : ",\"text\":\"" + text + "\"";
  printf("{\"milliseconds\":%.3f,\"count\":%lld,\"memory\":%ld%s}\n", milliseconds, static_cast<long long>(count),
         usage.ru_maxrss / 1024, found.c_str());
}
