// SPDX-License-Identifier: Apache-2.0
// Runs every file of the given folders through a fuzz target: the corpus as a unit test, with any
// compiler.
//
// usage: NAME_corpus FOLDER...     exits 1 if a folder holds no file; a finding ends it earlier
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::vector<std::filesystem::path> files_of(const char* folder) {
    std::vector<std::filesystem::path> out;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (entry.is_regular_file()) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

void run(const std::filesystem::path& file) {
    // stderr is not buffered: when the target aborts, the last name is that of the finding.
    std::fprintf(stderr, "%s\n", file.c_str());
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    // A copy of its own size, so that a sanitizer sees every byte past the end.
    const std::vector<uint8_t> input(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int count, char** arguments) {
    size_t total = 0;
    for (int i = 1; i < count; ++i) {
        const auto files = files_of(arguments[i]);
        if (files.empty()) {
            std::fprintf(stderr, "corpus: no files in %s\n", arguments[i]);
            return 1;
        }
        for (const auto& file : files)
            run(file);
        total += files.size();
    }
    std::printf("corpus: %zu inputs, no finding\n", total);
    return total == 0 ? 1 : 0;
}
