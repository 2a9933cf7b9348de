// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the loaders of fixtures: any text is loaded, or refused in one line that
// names the file.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "tests/fuzz/require.hpp"
#include "tools/fixtures/blockchain_test.hpp"
#include "tools/fixtures/mainnet_block.hpp"
#include "tools/fixtures/state_test.hpp"
#include "tools/fixtures/transaction_test.hpp"

namespace switchyard::fuzz {
namespace {

/// A file in memory that holds the input, for loaders that take a path.
class MemoryFile {
  public:
    MemoryFile(const uint8_t* data, size_t size) : descriptor_(::memfd_create("fixture", 0)) {
        require(descriptor_ >= 0, "memfd_create failed");
        require(::write(descriptor_, data, size) == static_cast<ssize_t>(size), "write failed");
        path_ = "/proc/self/fd/" + std::to_string(descriptor_);
    }
    ~MemoryFile() { ::close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    int descriptor_;
    std::string path_;
};

template <typename T>
void check(const Result<T>& loaded, const std::string& path) {
    if (loaded) return;
    const std::string& message = loaded.error().message;
    require(message.starts_with(path + ": "), "an error does not name the file: " + message);
    require(message.size() > path.size() + 2, "an error says nothing but the file");
    for (const char c : message)
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f,
                "an error is not one line of text: " + message);
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    const MemoryFile file(data, size);
    check(fixtures::load_mainnet_block(file.path()), file.path());
    check(fixtures::load_blockchain_tests(file.path()), file.path());
    check(fixtures::load_transaction_tests(file.path()), file.path());
    const auto tests = fixtures::load_state_tests(file.path());
    check(tests, file.path());
    if (!tests) return 0;
    for (const auto& test : *tests)
        for (const auto& item : test.cases) {
            static_cast<void>(fixtures::transaction_of(test, item));
            static_cast<void>(fixtures::chain_config_of(test, item));
        }
    return 0;
}
