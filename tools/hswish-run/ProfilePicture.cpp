//===- ProfilePicture.cpp - A profile to look at --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Profile.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"

#include <algorithm>

using namespace hswish;
using llvm::StringRef;

// Sizes in the picture, in pixels.
static constexpr int kRow = 16, kBar = 12, kNames = 230, kBars = 560,
                     kNumbers = 190, kTop = 44;

/// For names of strangers in XML.
static std::string escape(StringRef text) {
  std::string result;
  for (char c : llvm::json::fixUTF8(text)) {
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else if (c == '"')
      result += "&quot;";
    else
      result += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return result;
}

static StringRef getColor(StringRef kernel) {
  // A strip has the colour of its first kernel.
  return llvm::StringSwitch<StringRef>(kernel.split('+').first)
      .Case("pointwise", "#4477aa")
      .Case("depthwise", "#ee6677")
      .Case("direct", "#228833")
      .Case("gemv", "#aa3377")
      .Case("pool", "#ccbb44")
      .Default("#999999");
}

/// What the pointer over a bar shows.
static std::string getHoverText(const LayerTime &layer,
                                const MachineLimits &limits) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << escape(layer.name) << ", " << layer.kernel << "\n";
  if (!layer.signature.empty())
    stream << escape(layer.signature) << "\n";
  stream << llvm::format("%.1f µs, %.1f %% of the run", layer.seconds * 1e6,
                         layer.share * 100);
  if (layer.multiplyAdds > 0)
    stream << llvm::format("\n%.2f M multiply-adds, %.1f GFLOP/s, %.0f %% of "
                           "the peak",
                           layer.multiplyAdds * 1e-6, layer.getFlops() * 1e-9,
                           layer.getFlops() / limits.flops * 100);
  stream << llvm::format("\n%.1f KB, %.1f GB/s", layer.bytes / 1024.0,
                         layer.getBandwidth() * 1e-9);
  return text;
}

/// A bar as long as the time; dark the part that the measured peak would take.
static void writeBar(const LayerTime &layer, const Profile &profile,
                     double longest, int y, llvm::raw_ostream &stream) {
  double width = layer.seconds / longest * kBars;
  double needed = 2.0 * layer.multiplyAdds / profile.limits.flops;
  double dark = std::min(1.0, needed / layer.seconds) * width;
  std::string name = layer.name;
  if (name.size() > 34)
    name = "…" + StringRef(name).take_back(33).str();
  StringRef color = getColor(layer.kernel);
  stream << "<g><title>" << getHoverText(layer, profile.limits) << "</title>"
         << "<text x='" << kNames - 8 << "' y='" << y + kBar - 2
         << "' text-anchor='end'>" << escape(name) << "</text>"
         << llvm::format("<rect x='%d' y='%d' width='%.1f' height='%d' "
                         "fill='%s' fill-opacity='.45'/>",
                         kNames, y, width, kBar, color.str().c_str())
         << llvm::format("<rect x='%d' y='%d' width='%.1f' height='%d' "
                         "fill='%s'/>",
                         kNames, y, dark, kBar, color.str().c_str())
         << llvm::format("<text x='%.1f' y='%d'>%.1f µs", kNames + width + 6,
                         y + kBar - 2, layer.seconds * 1e6);
  if (layer.multiplyAdds > 0)
    stream << llvm::format(", %.0f GFLOP/s, %.0f %%", layer.getFlops() * 1e-9,
                           layer.getFlops() / profile.limits.flops * 100);
  stream << "</text></g>\n";
}

void hswish::writeSVG(const Profile &profile, StringRef title,
                      llvm::raw_ostream &stream) {
  int width = kNames + kBars + kNumbers;
  int height = kTop + kRow * static_cast<int>(profile.layers.size()) + 8;
  double longest = 1e-9;
  for (const LayerTime &layer : profile.layers)
    longest = std::max(longest, layer.seconds);
  stream << llvm::format("<svg xmlns='http://www.w3.org/2000/svg' "
                         "viewBox='0 0 %d %d' width='%d' height='%d' "
                         "font-family='sans-serif' font-size='11'>\n",
                         width, height, width, height)
         << "<rect width='100%' height='100%' fill='white'/>\n"
         << "<text x='8' y='18' font-size='14'>" << escape(title)
         << llvm::format(": %.3f ms, %.1f GFLOP/s, %.0f %% of the measured "
                         "peak",
                         profile.seconds * 1e3,
                         2e-9 * profile.getMultiplyAdds() / profile.seconds,
                         2e2 * profile.getMultiplyAdds() / profile.seconds /
                             profile.limits.flops)
         << "</text>\n<text x='8' y='34'>dark: what the multiply-adds would "
            "take at the peak</text>\n";
  int y = kTop;
  for (const LayerTime &layer : profile.layers) {
    writeBar(layer, profile, longest, y, stream);
    y += kRow;
  }
  stream << "</svg>\n";
}

void hswish::writeHTML(const Profile &profile, StringRef title,
                       llvm::raw_ostream &stream) {
  stream << "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
         << "<title>" << escape(title) << "</title></head>\n<body>\n";
  writeSVG(profile, title, stream);
  std::string table;
  llvm::raw_string_ostream text(table);
  printTable(profile, text);
  stream << "<pre>\n";
  llvm::SmallVector<StringRef> lines;
  StringRef(table).split(lines, '\n');
  for (StringRef line : lines)
    stream << escape(line) << "\n";
  stream << "</pre>\n</body></html>\n";
}
