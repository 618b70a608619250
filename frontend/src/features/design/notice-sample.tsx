import { useState } from "react";
import { ApiError } from "@/shared/api/errors";
import { EditableMarkdown } from "@/shared/ui/markdown";
import { CodeBlock, Empty, ErrorNotice, Skeleton } from "@/shared/ui/notice";
import { Panel, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";

const REFUSED = new ApiError(409, "conflict", "champion is at version 4, not 3.", "6f1c9a2e", {});
const TEXT =
  "A **forest** of 300 trees.\n\n| slice | auc |\n|---|---|\n| all | 0.91 |\n\n<script>alert(1)</script>";

export function NoticeSample() {
  const [text, setText] = useState(TEXT);
  return (
    <Stack>
      <Panel title="States">
        <Stack>
          <ErrorNotice error={REFUSED} onRetry={() => undefined} />
          <Skeleton lines={4} />
          <Empty title="Nothing here yet">
            <p>An empty state says what belongs here and how to get the first one.</p>
            <CodeBlock code={'mlflow.log_metric("loss", 0.42)'} />
          </Empty>
        </Stack>
      </Panel>
      <Panel title="Text">
        <EditableMarkdown
          what="sample"
          source={text}
          placeholder="Nothing yet."
          onSave={async (next) => setText(next)}
        />
      </Panel>
      <Panel title="Small table" flush>
        <SmallTable
          label="Slices"
          rows={[
            { slice: "all", auc: "0.912" },
            { slice: "new customers", auc: "0.874" },
          ]}
          rowKey={(row) => row.slice}
          columns={[
            { header: "Slice", cell: (row) => row.slice },
            { header: "AUC", numeric: true, cell: (row) => row.auc },
          ]}
        />
      </Panel>
    </Stack>
  );
}
