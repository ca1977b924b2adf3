#include "context.h"

#include "blocked_signals.h"

namespace accord {

namespace {

ContextHandle createContext(const std::string& config) {
  const BlockedSignals blocked;
  Status status;
  ContextOptions options(TFE_NewContextOptions());
  TFE_ContextOptionsSetConfig(options.get(), config.data(), config.size(), status);
  status.check("start: the configuration");
  TFE_ContextOptionsSetDevicePlacementPolicy(options.get(), TFE_DEVICE_PLACEMENT_SILENT);
  ContextHandle context(TFE_NewContext(options.get(), status));
  status.check("start");
  return context;
}

// The full name of the first GPU; empty = none.
std::string findGpu(TFE_Context* context) {
  Status status;
  DeviceList devices(TFE_ContextListDevices(context, status));
  status.check("start: listing devices");
  for (int i = 0; i < TF_DeviceListCount(devices.get()); ++i) {
    const std::string type = TF_DeviceListType(devices.get(), i, status);
    status.check("start: listing devices");
    if (type == "GPU") return TF_DeviceListName(devices.get(), i, status);
  }
  return "";
}

}  // namespace

Context::Context(std::string config)
    : config_(std::move(config)), context_(createContext(config_)), gpu_(findGpu(context_.get())) {}

TensorHandle Context::place(TensorHandle tensor) const {
  const TF_DataType type = TFE_TensorHandleDataType(tensor.get());
  if (gpu_.empty() || type == TF_INT32 || type == TF_STRING || type == TF_RESOURCE) return tensor;
  Status status;
  TensorHandle placed(TFE_TensorHandleCopyToDevice(tensor.get(), context_.get(), gpu_.c_str(), status));
  status.check("copying a tensor to " + gpu_);
  return placed;
}

}  // namespace accord
