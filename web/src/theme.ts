import {
  ActionIcon, Alert, Badge, Button, Checkbox, createTheme, Kbd, Modal, NativeSelect, PasswordInput, SegmentedControl, Select, Switch, Table,
  Tabs, TextInput, Tooltip, type MantineColorsTuple,
} from "@mantine/core";

/** The one accent colour. Red and amber mean error and caution, and always come with a word or a sign. */
const accent: MantineColorsTuple = [
  "#eaf5f8", "#d5e8ee", "#aad0dd", "#7bb7cc", "#55a2bd", "#3d95b4", "#2e8eb0", "#1c7a9b", "#0d6c8b", "#005d7a",
];

const small = { defaultProps: { size: "xs" } };

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 8, dark: 7 },
  colors: { accent },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "16px", lineHeight: "1.3" }, h2: { fontSize: "14px", lineHeight: "1.3" }, h3: { fontSize: "13px", lineHeight: "1.3" } },
  },
  defaultRadius: "sm",
  cursorType: "pointer",
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { size: "md", variant: "subtle", color: "gray" } }),
    Alert: Alert.extend({ defaultProps: { p: "xs" } }),
    Badge: Badge.extend({ defaultProps: { size: "sm", variant: "light", tt: "none", fw: 500 } }),
    Button: Button.extend(small),
    Checkbox: Checkbox.extend(small),
    Kbd: Kbd.extend(small),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
    NativeSelect: NativeSelect.extend(small),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: "sm" } }),
    SegmentedControl: SegmentedControl.extend(small),
    Select: Select.extend(small),
    Switch: Switch.extend(small),
    Table: Table.extend({ defaultProps: { verticalSpacing: 6, horizontalSpacing: "sm" } }),
    Tabs: Tabs.extend({ defaultProps: {} }),
    TextInput: TextInput.extend(small),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: true, fz: "xs" } }),
  },
});
