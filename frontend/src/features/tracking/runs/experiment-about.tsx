import { useQuery } from "@tanstack/react-query";
import { Comments } from "@/shared/comments/comments";
import { count } from "@/shared/lib/format";
import { EditableMarkdown } from "@/shared/ui/markdown";
import { CopyText, Loaded } from "@/shared/ui/notice";
import { Facts, Panel, Split } from "@/shared/ui/page";
import { Tags } from "@/shared/ui/tags";
import { Time } from "@/shared/ui/time";
import { type Change, useChange } from "@/shared/ui/use-change";
import {
  changeExperiment,
  deleteExperimentTag,
  type Experiment,
  experimentQuery,
  setExperimentTag,
} from "../api/experiments";
import { ownTags } from "../run/reproduce";

/** What an experiment is for, and what people say about it. */
export function ExperimentAbout({ experimentId }: { experimentId: string }) {
  const change = useChange(["experiment", experimentId]);
  const answer = useQuery(experimentQuery(experimentId));
  const experiment = answer.data;
  return (
    <Loaded of={answer}>
      {experiment && (
        <Split aside={<Aside experiment={experiment} change={change} />}>
          <Panel title="Description">
            <EditableMarkdown
              what="description"
              source={experiment.description}
              placeholder="What is the question, what counts as better? Markdown."
              onSave={(description) => change(changeExperiment(experimentId, { description }))}
            />
          </Panel>
          <Comments about={`experiments/${experimentId}`} />
        </Split>
      )}
    </Loaded>
  );
}

interface AsideProps {
  experiment: Experiment;
  change: Change;
}

function Aside({ experiment, change }: AsideProps) {
  return (
    <>
      <Panel title="About">
        <Facts
          facts={[
            ["Experiment", <CopyText key="i" text={experiment.id} />],
            ["Runs", count(experiment.run_count)],
            ["Last run", <Time key="l" ms={experiment.last_run_ms} />],
            ["Created", <Time key="c" ms={experiment.created_ms} />],
            ["Artifacts", experiment.artifact_location],
          ]}
        />
      </Panel>
      <Panel title="Tags">
        <Tags
          tags={ownTags(experiment.tags)}
          onSet={(key, value) => change(setExperimentTag(experiment.id, key, value))}
          onDelete={(key) => change(deleteExperimentTag(experiment.id, key))}
        />
      </Panel>
    </>
  );
}
