// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/transaction_file.hpp"

#include <array>
#include <fstream>
#include <iostream>

#include "host/core/hex.hpp"
#include "host/core/limits.hpp"

namespace switchyard::tool {
namespace {

Error invalid(const std::string& name, const std::string& what) {
    return {ErrorCode::InvalidInput, name + ": " + what};
}

Result<std::vector<Bytes>> read_hex(std::istream& in, const std::string& name) {
    std::vector<Bytes> out;
    std::string line;
    for (size_t number = 1; std::getline(in, line); ++number) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
            line.pop_back();
        if (line.empty()) continue;
        const auto bytes = from_hex(line);
        if (!bytes || bytes->empty() || bytes->size() > kTransactionBytesMax)
            return invalid(name, "line " + std::to_string(number) +
                                     " is no transaction in hex of 1 to " +
                                     std::to_string(kTransactionBytesMax) + " bytes");
        out.push_back(*bytes);
    }
    return out;
}

Result<std::vector<Bytes>> read_binary(std::istream& in, const std::string& name) {
    std::vector<Bytes> out;
    std::array<char, 4> length{};
    while (in.read(length.data(), length.size())) {
        size_t size = 0;
        for (const char byte : length)
            size = size << 8 | static_cast<uint8_t>(byte);
        const std::string which = "transaction " + std::to_string(out.size() + 1);
        if (size == 0 || size > kTransactionBytesMax)
            return invalid(name, which + " would have " + std::to_string(size) + " bytes");
        Bytes bytes(size);
        if (!in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
            return invalid(name, which + " is cut short");
        out.push_back(std::move(bytes));
    }
    if (in.gcount() != 0) return invalid(name, "ends within a length");
    return out;
}

}  // namespace

Result<std::vector<Bytes>> read_transactions(std::istream& in, const std::string& name,
                                             bool binary) {
    return binary ? read_binary(in, name) : read_hex(in, name);
}

Result<std::vector<Bytes>> read_transaction_file(const std::string& path, bool binary) {
    if (path == "-") return read_transactions(std::cin, "standard input", binary);
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{ErrorCode::NotFound, path + ": no such file, or it is not readable"};
    return read_transactions(file, path, binary);
}

}  // namespace switchyard::tool
