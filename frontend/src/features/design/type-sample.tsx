import { Facts, Panel, Stack } from "@/shared/ui/page";

const SIZES = ["2xl", "xl", "lg", "md", "sm", "xs"];

export function TypeSample() {
  return (
    <Panel title="Type">
      <Stack>
        {SIZES.map((size) => (
          <span key={size} style={{ fontSize: `var(--text-${size})`, lineHeight: 1.3 }}>
            {size} The run finished in 4 min
          </span>
        ))}
        <code>sha256:9f86d081884c</code>
        <Facts
          facts={[
            ["Name", "a fact"],
            ["Long", "words that go on until they wrap onto a second line"],
          ]}
        />
      </Stack>
    </Panel>
  );
}
