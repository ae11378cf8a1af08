#include "frame.hpp"

#include <hdf5_hl.h>

#include <charconv>

#include "columns.hpp"
#include "h5_attributes.hpp"
#include "rewrite_view.hpp"
#include "skeleton.hpp"
#include "tranche/base/checksum.hpp"

namespace tranche::store {
namespace {

constexpr const char* unreadable = "unreadable";
constexpr const char* yaml_text = "@campaign_yaml";
constexpr const char* yaml_digest = "@campaign_yaml_digest";
constexpr const char* made_by = "@tranche_version";
constexpr std::size_t shown_letters = 60;

template <class Number>
std::string exact(Number number) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
  return items.size() == 1 ? text : "[" + text + "]";
}

std::string dims_text(const h5::Space& space) {
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) return unreadable;
  h5::Dims dims(static_cast<std::size_t>(rank));
  h5::Dims most(dims.size());
  H5Sget_simple_extent_dims(space.get(), dims.data(), most.data());
  std::string text;
  for (const auto dim : dims) text += (text.empty() ? "(" : ", ") + exact(dim);
  if (dims != most) text += ", may grow";
  return text.empty() ? "" : text + ") ";
}

std::string type_text(const h5::Type& type) {
  const auto size = exact(8 * H5Tget_size(type.get()));
  const std::string order = H5Tget_order(type.get()) == H5T_ORDER_BE ? " big-endian" : "";
  switch (H5Tget_class(type.get())) {
    case H5T_INTEGER:
      return (H5Tget_sign(type.get()) == H5T_SGN_NONE ? "u" : "i") + size + order;
    case H5T_FLOAT:
      return "f" + size + order;
    case H5T_STRING:
      return H5Tis_variable_str(type.get()) > 0 && H5Tget_cset(type.get()) == H5T_CSET_UTF8 ? "text"
                                                                                            : "other text";
    case H5T_NO_CLASS:
      return unreadable;
    default:
      return "class " + exact(static_cast<int>(H5Tget_class(type.get())));
  }
}

/// Elements as text; `get(type, memory)` fills the memory. Nothing for types that have no value of their own.
template <class Get>
std::string elements_text(const h5::Type& type, std::size_t count, Get get) {
  std::vector<std::string> items;
  const auto numbers = [&](auto zero, hid_t memory_type) {
    std::vector<decltype(zero)> values(count);
    if (get(memory_type, values.data()) < 0) return std::string{unreadable};
    for (const auto value : values) items.push_back(exact(value));
    return list_of(items);
  };
  switch (H5Tget_class(type.get())) {
    case H5T_INTEGER:
      return H5Tget_sign(type.get()) == H5T_SGN_NONE ? numbers(std::uint64_t{}, H5T_NATIVE_UINT64)
                                                     : numbers(std::int64_t{}, H5T_NATIVE_INT64);
    case H5T_FLOAT:
      return numbers(double{}, H5T_NATIVE_DOUBLE);
    default:
      return "";
  }
}

std::string quoted(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const auto& text : texts) items.push_back('`' + text + '`');
  return list_of(items);
}

std::string name_of(hid_t object) {
  const ssize_t length = H5Iget_name(object, nullptr, 0);
  if (length <= 0) return unreadable;
  std::string name(static_cast<std::size_t>(length) + 1, '\0');
  H5Iget_name(object, name.data(), name.size());
  name.pop_back();
  return name;
}

struct BackReference {
  hobj_ref_t dataset;
  int dimension;
};

/// Who uses a scale, by name: the references themselves are addresses in the file.
std::string users_text(hid_t attribute, std::size_t count) {
  const h5::Type type{H5Tcreate(H5T_COMPOUND, sizeof(BackReference))};
  H5Tinsert(type.get(), "dataset", HOFFSET(BackReference, dataset), H5T_STD_REF_OBJ);
  H5Tinsert(type.get(), "dimension", HOFFSET(BackReference, dimension), H5T_NATIVE_INT);
  std::vector<BackReference> references(count);
  if (H5Aread(attribute, type.get(), references.data()) < 0) return unreadable;
  std::vector<std::string> users;
  for (const auto& reference : references) {
    const h5::Dataset dataset{H5Rdereference2(attribute, H5P_DEFAULT, H5R_OBJECT, &reference.dataset)};
    users.push_back((dataset ? name_of(dataset.get()) : unreadable) + " " + exact(reference.dimension));
  }
  return list_of(users);
}

/// What has more is damaged: axes have up to a million points.
constexpr hssize_t most_elements = hssize_t{1} << 24;

/// References of datasets to their scales are told with the dataset.
std::string attribute_text(hid_t attribute) {
  const h5::Type type{H5Aget_type(attribute)};
  const h5::Space space{H5Aget_space(attribute)};
  const auto count = H5Sget_simple_extent_npoints(space.get());
  if (!type || !space || count < 0 || count > most_elements) return unreadable;
  const auto kind = type_text(type) + " " + dims_text(space);
  if (H5Tget_class(type.get()) == H5T_STRING) {
    const auto texts = h5::read_texts(attribute, static_cast<std::size_t>(count));
    return kind + (texts ? quoted(*texts) : unreadable);
  }
  if (H5Tget_class(type.get()) == H5T_COMPOUND)
    return kind + users_text(attribute, static_cast<std::size_t>(count));
  return kind + elements_text(type, static_cast<std::size_t>(count),
                              [&](hid_t memory, void* out) { return H5Aread(attribute, memory, out); });
}

extern "C" herr_t add_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

extern "C" herr_t add_link(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

void add_attributes(hid_t object, const std::string& path, Frame& frame) {
  std::vector<std::string> names;
  hsize_t from = 0;
  if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &from, &add_name, &names) < 0)
    frame[path + "@"] = unreadable;
  for (const auto& name : names) {
    const h5::Attribute attribute{H5Aopen(object, name.c_str(), H5P_DEFAULT)};
    frame[path + "@" + name] = attribute ? attribute_text(attribute.get()) : unreadable;
  }
}

extern "C" herr_t add_scale(hid_t, unsigned, hid_t scale, void* names) {
  static_cast<std::vector<std::string>*>(names)->push_back(name_of(scale));
  return 0;
}

std::string scales_text(hid_t dataset, int rank) {
  std::string text;
  for (int dim = 0; dim < rank; ++dim) {
    std::vector<std::string> names;
    if (H5DSiterate_scales(dataset, static_cast<unsigned>(dim), nullptr, &add_scale, &names) < 0)
      names = {unreadable};
    if (!names.empty()) text += (text.empty() ? ", dimensions " : " ") + list_of(names);
  }
  return text;
}

std::string fill_text(const h5::PropertyList& creation, const h5::Type& type) {
  H5D_fill_value_t defined = H5D_FILL_VALUE_ERROR;
  if (H5Pfill_value_defined(creation.get(), &defined) < 0) return unreadable;
  if (defined != H5D_FILL_VALUE_USER_DEFINED) return "";
  return ", fill " + elements_text(type, 1, [&](hid_t memory, void* out) {
           return H5Pget_fill_value(creation.get(), memory, out);
         });
}

/// Where a virtual dataset's rows come from.
std::string sources_text(const h5::PropertyList& creation) {
  std::size_t count = 0;
  if (H5Pget_virtual_count(creation.get(), &count) < 0) return unreadable;
  std::string text;
  const auto box = [](const h5::Space& space) {
    if (H5Sget_select_type(space.get()) == H5S_SEL_ALL) return std::string{"all"};
    h5::Dims from(static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(space.get()), 0)));
    h5::Dims to = from;
    if (from.empty() || H5Sget_select_bounds(space.get(), from.data(), to.data()) < 0)
      return std::string{unreadable};
    return exact(from.front()) + ".." + exact(to.front()) + " (" + exact(H5Sget_select_npoints(space.get())) +
           ")";
  };
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<char> file(4096);
    std::vector<char> dataset(4096);
    const h5::Space here{H5Pget_virtual_vspace(creation.get(), i)};
    const h5::Space there{H5Pget_virtual_srcspace(creation.get(), i)};
    if (H5Pget_virtual_filename(creation.get(), i, file.data(), file.size()) < 0 ||
        H5Pget_virtual_dsetname(creation.get(), i, dataset.data(), dataset.size()) < 0 || !here || !there)
      return unreadable;
    text +=
        std::string{", from "} + file.data() + " " + dataset.data() + " " + box(there) + " to " + box(here);
  }
  return text;
}

std::string layout_text(const h5::PropertyList& creation) {
  switch (H5Pget_layout(creation.get())) {
    case H5D_CONTIGUOUS:
      return "contiguous";
    case H5D_VIRTUAL:
      return "virtual" + sources_text(creation);
    default:
      return "another layout";
  }
}

std::string dataset_text(hid_t dataset) {
  const h5::Type type{H5Dget_type(dataset)};
  const h5::Space space{H5Dget_space(dataset)};
  const h5::PropertyList creation{H5Dget_create_plist(dataset)};
  if (!type || !space || !creation) return unreadable;
  return "dataset " + type_text(type) + " " + dims_text(space) + layout_text(creation) +
         fill_text(creation, type) + (H5DSis_scale(dataset) > 0 ? ", scale" : "") +
         scales_text(dataset, H5Sget_simple_extent_ndims(space.get())) +
         (H5Pget_nfilters(creation.get()) != 0 ? ", filtered" : "");
}

/// A list of texts is part of the frame; numbers are rows, or are compared by those who know what they mean.
void add_texts(const h5::Dataset& dataset, const std::string& path, Frame& frame) {
  const h5::Type type{H5Dget_type(dataset.get())};
  if (H5Tget_class(type.get()) != H5T_STRING) return;
  try {
    frame[path + "="] = h5::dims_of(dataset).size() == 1 ? quoted(h5::read_strings(dataset)) : unreadable;
  } catch (const IoError&) {
    frame[path + "="] = unreadable;
  }
}

void add_members(hid_t group, const std::string& path, Frame& frame);

void add_object(hid_t where, const std::string& name, const std::string& path, Frame& frame) {
  H5L_info_t link{};
  if (H5Lget_info(where, name.c_str(), &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) {
    frame[path] = "a link";
    return;
  }
  const hid_t id = H5Oopen(where, name.c_str(), H5P_DEFAULT);
  if (H5Iget_type(id) == H5I_DATASET) {
    const h5::Dataset dataset{id};
    frame[path] = dataset_text(id);
    add_texts(dataset, path, frame);
    add_attributes(id, path, frame);
  } else if (H5Iget_type(id) == H5I_GROUP) {
    const h5::Group group{id};
    frame[path] = "group";
    add_attributes(id, path, frame);
    // There are no groups in groups: a damaged file could have one in itself.
    if (path.find('/') == std::string::npos) add_members(id, path + "/", frame);
  } else {
    if (id >= 0) H5Oclose(id);
    frame[path] = unreadable;
  }
}

void add_members(hid_t group, const std::string& path, Frame& frame) {
  std::vector<std::string> names;
  hsize_t from = 0;
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &from, &add_link, &names) < 0) frame[path] = unreadable;
  for (const auto& name : names) add_object(group, name, path + name, frame);
}

/// `sed@units` in words.
std::string in_words(const std::string& key) {
  const auto at = key.find('@');
  if (at == 0) return "attribute " + key.substr(1);
  if (at != std::string::npos) return "attribute " + key.substr(at + 1) + " of " + key.substr(0, at);
  if (key.back() == '=') return "the texts in " + key.substr(0, key.size() - 1);
  return key;
}

/// Both texts from where they begin to differ, without what nobody would read.
std::string shortened(const std::string& text, const std::string& other) {
  std::size_t from = 0;
  while (from < text.size() && from < other.size() && text[from] == other[from]) ++from;
  from = from < shown_letters / 2 ? 0 : from - shown_letters / 4;
  auto part = text.substr(std::min(from, text.size()), shown_letters);
  for (auto& letter : part)
    if (letter == '\n') letter = ' ';
  return (from > 0 ? "..." : "") + part + (from + shown_letters < text.size() ? "..." : "");
}

bool ages(const std::string& key) {
  return key == yaml_text || key == yaml_digest || key == made_by;
}

/// What was true when the file was made.
void check_aged(const h5::File& file, const Frame& found, const std::set<std::string>& versions,
                std::vector<std::string>& differences) {
  const auto text = h5::read_text_attribute(file.get(), yaml_text + 1);
  const auto digest = h5::read_text_attribute(file.get(), yaml_digest + 1);
  if (!text || !digest || digest128(std::as_bytes(std::span{*text})).hex() != *digest)
    differences.push_back("attribute campaign_yaml does not have the digest in campaign_yaml_digest");
  const auto version = h5::read_text_attribute(file.get(), made_by + 1);
  if (!version || !versions.contains(*version))
    differences.push_back("attribute tranche_version is " + version.value_or(unreadable) +
                          ", and no run of that version is in the ledger");
  // Type and shape; the values were looked at above.
  for (const auto* key : {yaml_text, yaml_digest, made_by})
    if (const auto at = found.find(key); at != found.end() && !at->second.starts_with("text `"))
      differences.push_back(in_words(key) + " is no text");
}

h5::File empty_frame() {
  return h5::create_in_memory("frame");
}

}  // namespace

Frame read_frame(const h5::File& file) {
  Frame frame;
  const h5::Group root{H5Gopen2(file.get(), "/", H5P_DEFAULT)};
  add_attributes(root.get(), "", frame);
  add_members(root.get(), "", frame);
  return frame;
}

Frame stage_frame(const StageLayout& layout) {
  const h5::File file = empty_frame();
  write_campaign_attributes(file, layout);
  write_stage_attributes(file, layout);
  create_seal(file);
  write_skeleton(file, layout, layout.range.size(), [](const Column& column, const h5::Dims&) {
    return h5::contiguous_creation(column.element, h5::Filling::when_written);
  });
  return read_frame(file);
}

Frame view_frame(std::span<const StageLayout> files) {
  const h5::File file = empty_frame();
  write_view(file, files, entries_of(files));
  auto frame = read_frame(file);
  std::erase_if(frame, [](const auto& entry) {
    return entry.first.starts_with("files/") && entry.first.back() == '=';
  });
  return frame;
}

std::vector<std::string> frame_differences(const h5::File& file, const Frame& expected,
                                           const std::set<std::string>& versions) {
  std::vector<std::string> differences;
  const Frame found = read_frame(file);
  for (const auto& [key, text] : expected) {
    const auto at = found.find(key);
    const auto object = key.substr(0, key.find_first_of("@="));
    if (at == found.end() && object != key && !object.empty() && !found.contains(object)) continue;
    if (at == found.end())
      differences.push_back(in_words(key) + " is missing");
    else if (at->second != text && !ages(key))
      differences.push_back(in_words(key) + " is " + shortened(at->second, text) + ", the campaign has " +
                            shortened(text, at->second));
  }
  for (const auto& [key, text] : found)
    if (!expected.contains(key) && !(key.starts_with("files/") && key.back() == '='))
      differences.push_back(in_words(key) + " does not belong there");
  check_aged(file, found, versions, differences);
  return differences;
}

}  // namespace tranche::store
