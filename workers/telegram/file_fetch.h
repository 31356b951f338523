#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// FileFetch: a file of an update on its way from Telegram through our memory to the core. What
// cannot be had is said in a note; the message goes on without it.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "loop/loop.h"
#include "proto/types.pb.h"
#include "workers/common/core.h"
#include "workers/common/media.h"
#include "workers/telegram/api.h"
#include "workers/telegram/translate.h"

namespace gw::telegram {

class FileFetch {
  public:
    // over is called once and may not destroy this.
    FileFetch(loop::Loop& loop, workers::Core& core, Api& api, File file, std::string media_id,
              std::size_t max_bytes, std::function<void()> over);

    void start();
    void on_media_credit(const proto::MediaCredit& credit);

    [[nodiscard]] bool has_started() const { return has_started_; }
    [[nodiscard]] bool is_over() const { return is_over_; }
    // Once it is over: the file, or why there is none.
    [[nodiscard]] std::optional<proto::MediaRef> find_file() const;
    [[nodiscard]] const std::string& note() const { return note_; }

  private:
    void ask();
    void on_path(const ApiOutcome& outcome);
    void on_bytes(Result<std::string> bytes);
    void try_again(const std::string& why);
    void give_up(const std::string& why);
    void finish();

    workers::Core& core_;
    Api& api_;
    File file_;
    std::string media_id_;
    std::size_t max_bytes_;
    std::function<void()> over_;
    bool has_started_ = false;
    bool is_over_ = false;
    int tries_ = 0;
    std::string note_;
    std::unique_ptr<workers::MediaUpload> upload_;
    loop::Timer timer_;
    Api::Call call_;
};

}  // namespace gw::telegram
