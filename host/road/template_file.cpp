// SPDX-License-Identifier: Apache-2.0
#include "host/road/template_file.hpp"

#include "host/plan/template_codec.hpp"
#include "host/state/snapshot/files.hpp"

namespace switchyard {
namespace fs = std::filesystem;

Result<void> load_templates(const fs::path& file, plan::TemplateStore& store) {
    std::error_code error;
    if (!fs::exists(file, error))
        return Error{ErrorCode::NotFound, file.string() + ": no such file"};
    const auto input = snapshot::InputFile::open(file);
    if (!input) return input.error();
    if (input->size() > plan::kTemplateBytesMax)
        return Error{ErrorCode::Corrupt, file.string() + ": larger than templates may be"};
    Bytes bytes(input->size());
    if (!input->read(0, bytes)) return Error{ErrorCode::Io, file.string() + ": cannot be read"};
    if (auto decoded = plan::decode_templates(bytes, store); !decoded)
        return Error{decoded.error().code, file.string() + ": " + decoded.error().message};
    return {};
}

Result<void> save_templates(const fs::path& file, const plan::TemplateStore& store) {
    fs::path fresh = file;
    fresh += ".new";
    {
        auto output = snapshot::OutputFile::create(fresh);
        if (!output) return output.error();
        if (auto done = output->append(plan::encode_templates(store)); !done) return done.error();
        if (auto done = output->sync(); !done) return done.error();
    }
    std::error_code error;
    fs::rename(fresh, file, error);
    if (error) return Error{ErrorCode::Io, file.string() + ": " + error.message()};
    const fs::path folder = file.parent_path();
    return snapshot::sync_folder(folder.empty() ? fs::path(".") : folder);
}

}  // namespace switchyard
